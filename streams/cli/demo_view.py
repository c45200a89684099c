"""How a demo run looks while it goes on: steps, a progress bar, and some of the alerts."""

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from streams.alerts import Alert
from streams.cli.alert_lines import AlertLine, alert_line

ALERT_INTERVAL = 0.4
"""A person can read about so fast: at most one alert in so many seconds."""
PLAIN_INTERVAL = 5.0
"""Seconds between lines of progress where there is no terminal."""


class AlertFeed:
    """Picks the alerts that are worth showing: new ones, the most valuable of each interval."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._shown_at = float("-inf")
        self._best: AlertLine | None = None
        self.total = 0

    def take(self, alerts: Sequence[Alert]) -> AlertLine | None:
        """Count `alerts`; the one to show now, if it is time to show one."""
        self.total += len(alerts)
        for alert in alerts:
            line = alert_line(alert)
            better = self._best is None or (line.value or 0) > (self._best.value or 0)
            if line.stage == "raised" and better:
                self._best = line
        if self._best is None or self._clock() - self._shown_at < ALERT_INTERVAL:
            return None
        self._shown_at = self._clock()
        chosen, self._best = self._best, None
        return chosen


class TerminalView:
    """A live view with a progress bar; a context manager, as the bar must be taken down."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._feed = AlertFeed()
        self._bar = Progress(
            TextColumn("  [bold]{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("producing", total=1.0, visible=False, counts="")

    def step(self, text: str) -> None:
        """A line of its own."""
        self._console.print(Text.assemble(("• ", "cyan"), text))

    def progress(self, read: float, produced: int, processed: int) -> None:
        """Move the bar."""
        counts = f"{produced:,} sent · {processed:,} processed · {self._feed.total:,} alerts"
        self._bar.update(self._task, completed=read, counts=counts, visible=True)

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Show the most valuable new alert now and then."""
        line = self._feed.take(alerts)
        if line is not None:
            text = _text(line)
            text.truncate(self._console.width, overflow="ellipsis")
            self._bar.console.print(text)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar down."""
        self._bar.stop()


class PlainView:
    """Lines of text for a log: steps, alerts, and the progress every few seconds."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._feed = AlertFeed()
        self._told_at = time.monotonic()

    def step(self, text: str) -> None:
        """A line of its own."""
        self._write(text)

    def progress(self, read: float, produced: int, processed: int) -> None:
        """A line every few seconds."""
        if time.monotonic() - self._told_at >= PLAIN_INTERVAL:
            self._told_at = time.monotonic()
            self._write(f"{read:.0%} of the source: {produced:,} sent, {processed:,} processed")

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Show the most valuable new alert now and then."""
        line = self._feed.take(alerts)
        if line is not None:
            self._write(_text(line).plain)


class SilentView:
    """Shows nothing."""

    def step(self, text: str) -> None:
        """Nothing."""

    def progress(self, read: float, produced: int, processed: int) -> None:
        """Nothing."""

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Nothing."""


def _text(line: AlertLine) -> Text:
    _, customer, alert, _, urgency, risk, stake, why = line.cells()
    text = Text.assemble("  ", (f"{line.time:%Y-%m-%d}", "dim"), "  ")
    for cell, width in ((alert, 9), (customer, 7), (urgency, 9), (risk, 4), (stake, 11)):
        cell.align("left", max(width, len(cell.plain)))
        text.append_text(cell).append(" ")
    return text.append_text(why)
