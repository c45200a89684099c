"""Real customers for tests: the invoice lines of the example shop, in order of time."""

import csv
import lzma
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from zlib import crc32
from zoneinfo import ZoneInfo

from tests.detectors.builders import Happening, interaction

FILE = Path(__file__).parents[2] / "examples" / "online_retail" / "online_retail.csv.xz"
ZONE = ZoneInfo("Europe/London")


@cache
def shoppers(share: int) -> tuple[Happening, ...]:
    """All events of one in `share` customers, chosen by the hash of the id."""
    return tuple(_read(lambda customer: crc32(customer.encode()) % share == 0))


def _read(wanted: Callable[[str], bool]) -> list[Happening]:
    events = []
    with lzma.open(FILE, "rt", encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        names = next(lines)
        place = names.index("CustomerID")
        for number, line in enumerate(lines):
            customer = line[place].removesuffix(".0")
            if not customer or not wanted(customer):
                continue
            row = dict(zip(names, line, strict=True))
            at = datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=ZONE).timestamp()
            events.append(
                interaction(
                    f"row-{number}",
                    customer,
                    at,
                    "return" if row["InvoiceNo"].startswith("C") else "purchase",
                    quantity=float(row["Quantity"]),
                    unit_price=float(row["UnitPrice"]),
                    product_id=row["StockCode"],
                    currency="GBP",
                )
            )
    return events
