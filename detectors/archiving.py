"""Keeping the published models: each snapshot goes to the archive before anyone can use it."""

from collections.abc import Sequence

from detectors.effects import Message
from detectors.messages.envelope import message
from detectors.models.archive import archived
from schemas.archived_model import ArchivedModel
from schemas.codec import decode_output
from schemas.model_snapshot import ModelSnapshot

TOPIC = "model-archive"


def with_archive(messages: Sequence[Message], names: tuple[str, ...]) -> list[Message]:
    """The messages, and before each model snapshot its archived form.

    `names` are the numeric features in packing order. The archived form comes first, so that no
    score can name a version that is not in the archive.
    """
    found: list[Message] = []
    for item in messages:
        if item.topic == "model-snapshots" and item.value is not None:
            snapshot = decode_output(item.topic, item.value, ModelSnapshot)
            found.append(archive_message(archived(snapshot, names)))
        found.append(item)
    return found


def archive_message(model: ArchivedModel) -> Message:
    """The archived model for its topic, keyed by its version."""
    at = model.as_of.timestamp()
    return message(TOPIC, model, key=model.version, id=f"archive-{model.version}", at=at)
