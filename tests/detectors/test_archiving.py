"""Every published model goes to the archive, before anyone can score with it."""

from detectors.archiving import with_archive
from detectors.effects import Message
from detectors.messages.envelope import message
from schemas.archived_model import ArchivedModel
from tests.detectors.models.test_archive import NAMES, learned, snapshot
from tests.laws.stage import payload_of


def test_the_archived_form_comes_before_the_snapshot_under_its_version() -> None:
    published = snapshot(learned(3))
    sent = message("model-snapshots", published, key="silence", id=published.version, at=9.0)
    first, second = with_archive([sent], NAMES)
    assert second is sent
    assert (first.topic, first.key) == ("model-archive", published.version.encode())
    kept = payload_of(first)
    assert isinstance(kept, ArchivedModel)
    assert kept.names == list(NAMES)


def test_other_messages_pass_as_they_are() -> None:
    others = [Message("portfolio", b"portfolio", b"{}"), Message("model-snapshots", b"x", None)]
    assert with_archive(others, NAMES) == others
