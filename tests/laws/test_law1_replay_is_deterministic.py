"""Law 1: the same input gives byte-identical output, however it is cut into batches."""

from itertools import pairwise
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import due
from tests.detectors.builders import Happening, brisk, on, purchase, records, rhythm
from tests.laws.stage import Stage, id_of, run
from tests.laws.stories import aggregated, disordered, end_of, stories

POLICY = brisk()
UNORDERED = brisk(time={"lateness": "4d", "duplicate_window": "4d"})
cuts = st.sets(st.integers(1, 40))


@settings(max_examples=16)
@given(stories(), cuts)
def test_any_cutting_into_batches_gives_identical_messages_and_states(
    events: list[Happening], cuts: set[int]
) -> None:
    whole = run(records(events), POLICY, until=end_of(events))
    batch = whole.heard
    parts = run(batch, POLICY, cuts=cuts, until=end_of(events))
    single = run(batch, POLICY, cuts=range(len(batch)), until=end_of(events))
    assert whole.messages == parts.messages == single.messages
    assert whole.store == parts.store == single.store
    assert whole.counts == parts.counts == single.counts
    assert whole.published == parts.published == single.published


@settings(max_examples=10)
@given(disordered(aggregated, lateness=4 * 86_400), cuts)
def test_it_holds_for_events_out_of_order_too(
    story: tuple[list[Happening], list[Happening]], cuts: set[int]
) -> None:
    _, heard = story
    batch = records(heard)
    whole = run(batch, UNORDERED, until=end_of(heard))
    parts = run(batch, UNORDERED, cuts=cuts, until=end_of(heard))
    assert whole.messages == parts.messages
    assert whole.store == parts.store


@settings(max_examples=15)
@given(stories(), st.integers(1, 3))
def test_due_work_in_parts_gives_what_it_gives_at_once(events: list[Happening], most: int) -> None:
    with mock.patch.object(due, "MOST_DUE", most):
        whole = run(records(events), POLICY, until=end_of(events))
        parts = Stage(POLICY, in_parts=True)
        parts.feed(whole.heard)
        parts.finish(end_of(events))
    assert parts.messages == whole.messages
    assert parts.store == whole.store
    assert parts.counts == whole.counts
    assert parts.published == whole.published


def test_a_part_is_at_most_one_review_of_many_and_what_came_before() -> None:
    names = [f"customer-{number}" for number in range(60)]
    stage = Stage(POLICY)
    stage.feed(
        records([purchase(name, name, on(number / 60)) for number, name in enumerate(names)])
    )
    sizes = []
    with mock.patch.object(due, "MOST_DUE", 10):
        for part in stage.processor.advance_in_parts(on(60), on(60)):
            stage.take(part)
            sizes.append((part.more, len(part.states) < 2 * 10 + 2))
    assert len(sizes) > 60 / 10
    assert set(sizes[:-1]) == {(True, True)}
    assert sizes[-1] == (False, True)


@settings(max_examples=15)
@given(stories(), cuts)
def test_a_restart_between_batches_changes_nothing(events: list[Happening], cuts: set[int]) -> None:
    whole = run(records(events), POLICY, learns=False, until=end_of(events))
    batch = whole.heard
    restarted = run([], POLICY, learns=False)
    edges = [0, *sorted(cut for cut in cuts if cut < len(batch)), len(batch)]
    for first, last in pairwise(edges):
        restarted.restart()
        restarted.feed(batch[first:last])
    restarted.restart()
    restarted.finish(end_of(events))
    assert restarted.messages == whole.messages
    assert restarted.store == whole.store


@settings(max_examples=10)
@given(stories())
def test_every_output_of_a_run_has_its_own_id(events: list[Happening]) -> None:
    stage = run(records(events), POLICY, until=end_of(events))
    ids = [(message.topic, id_of(message)) for message in stage.messages]
    assert len(set(ids)) == len(ids)


def test_the_order_of_customers_in_memory_does_not_matter() -> None:
    names = [f"customer-{number}" for number in range(60)]
    opening = [
        purchase(f"{name}-first", name, event.at)
        for name in names
        for event in rhythm(name, 0, 1, 1)
    ]
    one = run(records(opening), POLICY, until=end_of(opening))
    other = run([], POLICY)
    other.feed(records(opening))
    other.store = dict(sorted(other.store.items(), reverse=True))
    other.restart()
    other.finish(end_of(opening))
    assert one.messages == other.messages
