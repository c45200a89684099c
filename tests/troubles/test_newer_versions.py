"""Data of a newer version of the product: told with version and remedy, by worker and commands."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from detectors.models.snapshot import ModelFormatError, ensemble_of
from schemas.codec import encode
from streams.worker.broadcast import TOPICS, Broadcast
from streams.worker.partitions import Published
from tests.troubles.cluster import Cluster
from tests.troubles.command import Commands
from tests.troubles.ending import last_words
from tests.troubles.world import World, rules, shop, toml

REMEDY = "run the newer program"
CUSTOMER = "c1"


@pytest.fixture(scope="module")
def world() -> World:
    """A world with a model."""
    return World(rules()).run(shop(60, customers=20))


def newer_record(world: World) -> bytes:
    """A model in a record of a later version."""
    found = [item for item in world.snapshots if item.target == "silence"][-1]
    value = encode(found, id=found.version, subject="silence", time=found.as_of.timestamp())
    return value.replace(b"model_snapshot.v1", b"model_snapshot.v9")


def newer_model(world: World) -> bytes:
    """A record of today's version with a model in a later format."""
    found = [item for item in world.snapshots if item.target == "silence"][-1]
    stem = found.model["format"].rpartition("/")[0]
    odd = msgspec.structs.replace(found, model=found.model | {"format": f"{stem}/99"})
    return encode(odd, id=odd.version, subject="silence", time=odd.as_of.timestamp())


def newer_state(world: World) -> bytes:
    """A customer's state in a later layout."""
    state = world.states[CUSTOMER]
    state.version = 99
    return msgspec.msgpack.encode(state)


Make = Callable[[World], bytes]
MODELS = {
    "record": (newer_record, "'churnstream.model_snapshot.v9'"),
    "model": (newer_model, "/99"),
}
SNAPSHOTS = "model-snapshots"


@pytest.mark.parametrize("name", MODELS)
def test_a_worker_stops_at_a_model_of_a_newer_version_and_says_so(
    cluster: Cluster, world: World, tmp_path: Path, name: str
) -> None:
    make, said = MODELS[name]
    settings = cluster.prepare(f"{name}.", states={}, models={"silence": make(world)})
    words = last_words(settings, tmp_path)
    assert said in words
    assert REMEDY in words
    assert "Traceback" not in words
    assert "report this" not in words


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_a_worker_stops_at_a_state_of_a_newer_version_and_says_so(
    cluster: Cluster, world: World, tmp_path: Path, store: str
) -> None:
    states = {CUSTOMER: newer_state(world)}
    settings = cluster.prepare(f"state-{store}.", states=states, models={})
    words = last_words(settings, tmp_path, store)
    assert "customer 'c1': stored state has version 99, this program reads up to" in words
    assert REMEDY in words
    assert "Traceback" not in words


def test_models_of_an_older_format_are_left_aside_and_begin_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker that came before may have left them on the topic."""
    found = [item for item in world.snapshots if item.target == "silence"][-1]
    old = msgspec.structs.replace(found, model={"format": "second-order-logistic/1"})
    installed: list[Published] = []
    failed: list[BaseException] = []
    names = {topic: topic for topic in TOPICS}
    broadcast = Broadcast({}, names, installed.append, failed.append)
    for snapshot in (found, old):
        value = encode(snapshot, id="m", subject="silence", time=0.0)
        broadcast._take(SNAPSHOTS, SimpleNamespace(key=b"silence", value=value))
    assert installed == [found]
    assert "The models of silence-14d are left aside and begin anew" in caplog.text
    with pytest.raises(ModelFormatError, match="an older program wrote them"):
        ensemble_of(old)


def test_models_names_the_version_and_the_remedy(commands: Commands, world: World) -> None:
    (commands.folder / f"{SNAPSHOTS}.jsonl").write_bytes(newer_record(world) + b"\n")
    shown = commands("models", "--replay", str(commands.folder))
    assert shown.status == 1
    assert "'churnstream.model_snapshot.v9'" in shown.err
    assert "reads up to churnstream.model_snapshot.v1" in shown.err
    assert REMEDY in shown.err


@pytest.mark.parametrize("name", [*MODELS, "state"])
def test_explain_names_the_version_and_the_remedy(
    cluster: Cluster, commands: Commands, world: World, name: str
) -> None:
    states, models, said = {CUSTOMER: world.live.store[CUSTOMER.encode()]}, {}, "version 99"
    if name == "state":
        states = {CUSTOMER: newer_state(world)}
    else:
        make, said = MODELS[name]
        models = {"silence": make(world)}
    settings = cluster.prepare(f"explain-{name}.", states=states, models=models)
    shown = commands.on_broker(settings, toml(), "explain", CUSTOMER)
    assert shown.status == 1
    assert said in shown.err
    assert REMEDY in shown.err
