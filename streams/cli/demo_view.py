"""How a demo run looks while it goes on: steps, a progress bar, and some of the alerts."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from schemas.churn_risk import ChurnRisk
from schemas.complaint_alert import ComplaintAlert
from schemas.incident import Incident
from streams.alerts import Alert
from streams.cli.alert_lines import AlertLine, alert_line
from streams.demo.sensed import is_about_staff
from streams.demo.summary import Summary

ALERT_INTERVAL = 0.4
"""A person can read about so fast: at most one alert in so many seconds."""
PLAIN_INTERVAL = 5.0
"""Seconds between lines of progress where there is no terminal."""
Tell = Callable[[Summary], None]


class Feed(Protocol):
    """Picks what to show of the alerts of an act."""

    total: int
    """Alerts so far."""

    def take(self, alerts: Sequence[Alert]) -> list[AlertLine]:
        """Count `alerts`; those to show now."""


class AlertFeed:
    """Picks the alerts that are worth showing: new ones, the most valuable of each interval."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._shown_at = float("-inf")
        self._best: AlertLine | None = None
        self.total = 0

    def take(self, alerts: Sequence[Alert]) -> list[AlertLine]:
        """Count `alerts`; the one to show now, if it is time to show one."""
        self.total += len(alerts)
        for alert in alerts:
            line = alert_line(alert)
            better = self._best is None or (line.value or 0) > (self._best.value or 0)
            if line.stage == "raised" and better:
                self._best = line
        if self._best is None or self._clock() - self._shown_at < ALERT_INTERVAL:
            return []
        self._shown_at = self._clock()
        chosen, self._best = self._best, None
        return [chosen]


class KindFeed:
    """Picks the first few alerts of each kind: what a company senses, not how often."""

    def __init__(self) -> None:
        self.total = 0
        self._shown: Counter[str] = Counter()

    def take(self, alerts: Sequence[Alert]) -> list[AlertLine]:
        """Count `alerts`; those to show."""
        self.total += len(alerts)
        chosen = []
        for alert in alerts:
            kind, most = _kind(alert)
            if self._shown[kind] < most:
                self._shown[kind] += 1
                chosen.append(alert_line(alert))
        return chosen


def _kind(alert: Alert) -> tuple[str, int]:
    """The kind of an alert in the second act, and how many of it are shown."""
    match alert:
        case Incident():
            return f"incident {alert.stage}", 3 if alert.stage != "updated" else 1
        case ComplaintAlert():
            return alert.kind, 2
        case ChurnRisk() if is_about_staff(alert):
            return f"staff {alert.stage}", 2
    return "", 0


class TerminalView:
    """A live view with a progress bar; a context manager, as the bar must be taken down."""

    def __init__(self, console: Console, tell: Tell = lambda _: None) -> None:
        """`tell` prints the summary of the first act."""
        self._console, self._tell = console, tell
        self._feed: Feed = AlertFeed()
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
        """Show the most valuable new alert now and then; in the second act some of each kind."""
        for line in self._feed.take(alerts):
            text = _text(line)
            text.truncate(self._console.width, overflow="ellipsis")
            self._bar.console.print(text)

    def second_act(self, summary: Summary) -> None:
        """Put the bar away; print what the first act came to, if it is to be read."""
        self._bar.update(self._task, visible=False, completed=0.0)
        self._tell(summary)
        self._feed = KindFeed()

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

    def __init__(self, write: Callable[[str], None], tell: Tell = lambda _: None) -> None:
        """`tell` prints the summary of the first act."""
        self._write, self._tell = write, tell
        self._feed: Feed = AlertFeed()
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
        """Show the most valuable new alert now and then; in the second act some of each kind."""
        for line in self._feed.take(alerts):
            self._write(_text(line).plain)

    def second_act(self, summary: Summary) -> None:
        """Print what the first act came to, if it is to be read."""
        self._tell(summary)
        self._feed = KindFeed()


class SilentView:
    """Shows nothing."""

    def step(self, text: str) -> None:
        """Nothing."""

    def progress(self, read: float, produced: int, processed: int) -> None:
        """Nothing."""

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Nothing."""

    def second_act(self, summary: Summary) -> None:
        """Nothing."""


def _text(line: AlertLine) -> Text:
    _, customer, alert, _, urgency, risk, stake, why = line.cells()
    text = Text.assemble("  ", (f"{line.time:%Y-%m-%d}", "dim"), "  ")
    for cell, width in ((alert, 9), (customer, 7), (urgency, 9), (risk, 4), (stake, 11)):
        cell.align("left", max(width, len(cell.plain)))
        text.append_text(cell).append(" ")
    return text.append_text(why)
