"""What the settings of libraries must keep to."""

from streams.settings import Settings
from streams.worker.outbox import BATCH_BYTES
from streams.worker.wiring import faust_settings


def test_a_fetch_holds_a_whole_batch_of_every_partition() -> None:
    """Else a broker answers with one partition at a time, and recovery takes twice as long."""
    assert faust_settings(Settings())["consumer_max_fetch_size"] > BATCH_BYTES
