"""Makes aiokafka hand on the records of some topics as its parser made them.

aiokafka 0.14 copies every record that its parser (C) has made into a dataclass (Python), which adds
the topic, the partition, the two sizes, and a tuple of the headers. That is more than half of the
time for parsing. Where a worker reads what another has written, millions of records in a row, it
needs none of that.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from aiokafka.consumer.fetcher import FetchResult


def hand_on_as_parsed(fetcher: Any, chosen: Callable[[str], bool]) -> None:
    """Let ``fetcher`` (aiokafka's, not fetching yet) hand on bare records of the chosen topics.

    They have ``offset``, ``timestamp`` (ms), ``timestamp_type``, ``key``, ``value``, ``headers``.
    """
    fetcher._records = _Fetched(fetcher._records, chosen)


class _Fetched(OrderedDict[Any, Any]):
    """What the fetcher keeps by partition until it is asked for it: a result, or an error."""

    def __init__(self, kept: OrderedDict[Any, Any], chosen: Callable[[str], bool]) -> None:
        self._chosen = chosen
        super().__init__(kept)

    def __setitem__(self, tp: Any, found: Any) -> None:
        if isinstance(found, FetchResult) and self._chosen(tp.topic):
            found._partition_records._consumer_record = _as_parsed
        super().__setitem__(tp, found)


def _as_parsed(_: Any, record: Any) -> Any:
    return record
