"""What every expert must do, whichever it is; and what is special to each."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.models.expert import Expert, Parts, Rows
from detectors.models.experts import KINDS, new_experts, restored_expert
from detectors.models.form import QuadraticForm
from detectors.models.laplace import sigmoid
from detectors.models.linear import CURVED, Curved, Linear, drift_for, new_model
from detectors.models.rate import Rate
from detectors.models.river_linear import PACKAGE, PERMITTED

Vector = NDArray[np.float64]

NAMES = ("recency", "tenure", "one_time", "gap_ewma", "prior_logit")
REGIONS = ("region=north", "region=south", "plan=basic")
RIVER = [f"{PACKAGE}.{name}" for name in PERMITTED]
EXPERTS: dict[str, Callable[[], Expert]] = {
    name: lambda name=name: new_experts(-1.0, 60.0, RIVER)[name]  # type: ignore[misc]
    for name in new_experts(-1.0, 60.0, RIVER)
}

usual = st.floats(-6.0, 6.0)
hostile = st.one_of(usual, st.floats(allow_nan=False, allow_infinity=False))
makers = st.sampled_from(list(EXPERTS.values()))


@pytest.fixture(params=list(EXPERTS))
def make(request: pytest.FixtureRequest) -> Callable[[], Expert]:
    return EXPERTS[request.param]


@st.composite
def blocks(draw: st.DrawFn, value: st.SearchStrategy[float] = usual) -> tuple[Rows, list[bool]]:
    """Some rows, perhaps with categories, and their labels."""
    count = draw(st.integers(1, 6))
    row = st.lists(value, min_size=len(NAMES), max_size=len(NAMES))
    matrix = draw(st.lists(row, min_size=count, max_size=count))
    categories: Sequence[dict[str, float]] = ()
    if draw(st.booleans()):
        some = st.dictionaries(st.sampled_from(REGIONS), st.just(1.0), max_size=2)
        categories = draw(st.lists(some, min_size=count, max_size=count))
    labels = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return Rows(NAMES, np.array(matrix), categories), labels


def learned(expert: Expert, stream: list[tuple[Rows, list[bool]]]) -> Expert:
    for rows, labels in stream:
        expert.advance(1.5)
        expert.learn_block(rows, np.array(labels))
    return expert


def simulated(count: int, seed: int = 5) -> tuple[Rows, NDArray[np.bool_]]:
    generator = np.random.default_rng(seed)
    matrix = np.round(generator.normal(size=(count, len(NAMES))), 3)
    matrix[:, 2] = generator.random(count) < 0.4
    odds = matrix @ np.array([0.5, -0.3, 1.0, 0.0, 1.0]) - 0.4 * matrix[:, 0] ** 2
    return Rows(NAMES, matrix), generator.random(count) < 1.0 / (1.0 + np.exp(-odds))


streams = st.lists(blocks(), max_size=3)


@settings(max_examples=60)
@given(makers, streams, streams, blocks(hostile))
def test_law_8_a_snapshot_restores_saying_and_learning_to_the_last_bit(
    make: Callable[[], Expert],
    before: list[tuple[Rows, list[bool]]],
    after: list[tuple[Rows, list[bool]]],
    probe: tuple[Rows, list[bool]],
) -> None:
    expert = learned(make(), before)
    copy = restored_expert(msgspec.json.decode(msgspec.json.encode(expert.to_json())))
    assert type(copy) is type(expert)
    learned(expert, after)
    learned(copy, after)
    assert copy.log_odds_many(probe[0]).tolist() == expert.log_odds_many(probe[0]).tolist()
    assert copy.to_json() == expert.to_json()
    assert copy.labels == expert.labels


@settings(max_examples=60)
@given(makers, streams, blocks())
def test_law_9_contributions_add_up_to_the_log_odds(
    make: Callable[[], Expert],
    stream: list[tuple[Rows, list[bool]]],
    probe: tuple[Rows, list[bool]],
) -> None:
    expert, rows = learned(make(), stream), probe[0]
    parts = expert.contributions(rows)
    odds = expert.log_odds_many(rows)
    assert parts.numeric.shape == rows.matrix.shape
    assert parts.total() == pytest.approx(odds, rel=1e-9, abs=1e-9)


@settings(max_examples=60)
@given(makers, st.lists(blocks(), min_size=1, max_size=2), st.randoms(use_true_random=False))
def test_the_order_of_a_block_changes_no_bit(
    make: Callable[[], Expert], stream: list[tuple[Rows, list[bool]]], random: Any
) -> None:
    def shuffled(rows: Rows, labels: list[bool]) -> tuple[Rows, list[bool]]:
        order = random.sample(range(len(rows)), len(rows))
        categories = [rows.categories[i] for i in order] if rows.categories else ()
        return Rows(rows.names, rows.matrix[order], categories), [labels[i] for i in order]

    one = learned(make(), stream)
    other = learned(make(), [shuffled(*block) for block in stream])
    assert one.to_json() == other.to_json()


@settings(max_examples=60)
@given(makers, st.lists(blocks(hostile), max_size=3), blocks(hostile))
def test_no_values_lead_to_anything_but_numbers(
    make: Callable[[], Expert],
    stream: list[tuple[Rows, list[bool]]],
    probe: tuple[Rows, list[bool]],
) -> None:
    expert = learned(make(), stream)
    assert np.isfinite(expert.log_odds_many(probe[0])).all()
    assert np.isfinite(expert.contributions(probe[0]).total()).all()


@pytest.mark.parametrize("label", [False, True])
def test_labels_of_one_class_move_it_that_way_and_no_further_than_numbers_go(
    make: Callable[[], Expert], label: bool
) -> None:
    expert, rows = make(), Rows(NAMES, np.ones((50, len(NAMES))), [{"region=north": 1.0}] * 50)
    before = expert.log_odds_many(rows)[0]
    for _ in range(20):
        expert.learn_block(rows, np.full(50, label))
        expert.advance(1.0)
    after = expert.log_odds_many(rows)
    assert np.isfinite(after).all()
    assert (after >= before).all() if label else (after <= before).all()


def test_the_rest_is_nothing_new_to_it(make: Callable[[], Expert]) -> None:
    """Features and categories that it has never seen, or sees no more, are no trouble."""
    expert = make()
    rows, labels = simulated(40)
    expert.learn_block(rows, labels)
    seen = Rows(("recency",), rows.matrix[:, :1])
    new = Rows(("brand_new",), np.ones((3, 1)), [{"region=moon": 1.0}] * 3)
    nothing = Rows((), np.zeros((2, 0)))
    for other in (seen, new, nothing):
        assert np.isfinite(expert.log_odds_many(other)).all()
        expert.learn_block(other, np.arange(len(other)) % 2 == 0)
    assert np.isfinite(expert.log_odds_many(rows)).all()


def test_the_log_odds_of_a_row_do_not_depend_on_the_others(make: Callable[[], Expert]) -> None:
    rows, labels = simulated(60)
    rows = Rows(NAMES, rows.matrix, [{REGIONS[i % 3]: 1.0} for i in range(60)])
    expert = make()
    expert.learn_block(rows, labels)
    together = expert.log_odds_many(rows).tolist()
    alone = [
        expert.log_odds_many(Rows(NAMES, rows.matrix[i : i + 1], [rows.categories[i]]))[0]
        for i in range(60)
    ]
    assert together == alone


def test_saying_changes_nothing(make: Callable[[], Expert]) -> None:
    rows, labels = simulated(30)
    expert = make()
    expert.learn_block(rows, labels)
    before = expert.to_json()
    expert.log_odds_many(rows)
    expert.contributions(rows)
    assert expert.to_json() == before


@pytest.mark.parametrize("days", [-1.0, math.nan, math.inf])
def test_time_only_goes_forward(make: Callable[[], Expert], days: float) -> None:
    with pytest.raises(ValueError, match="give a number of 0 or more"):
        make().advance(days)


def test_labels_are_counted(make: Callable[[], Expert]) -> None:
    expert = make()
    expert.learn_block(*simulated(7))
    expert.learn_block(*simulated(0))
    assert expert.labels == 7


@pytest.mark.parametrize("name", ["prior", "linear", "curved"])
def test_before_any_label_the_prior_rule_speaks(name: str) -> None:
    rows = simulated(5)[0]
    odds = EXPERTS[name]().log_odds_many(rows)
    assert odds == pytest.approx(-1.0 + rows.column("prior_logit"))


def test_curved_learns_a_curve_and_halves_a_product_between_its_features() -> None:
    curved, linear = Curved(new_model(0.0, 1.0)), Linear(new_model(0.0, 1.0))
    for seed in range(20):
        rows, labels = simulated(200, seed)
        curved.learn_block(rows, labels)
        linear.learn_block(rows, labels)
    weight = curved.model.weight("recency*recency")
    assert weight < 0.0
    row = Rows(NAMES, np.array([[2.0, 3.0, 0.0, 0.0, 0.0]]))
    product = curved.model.weight("recency*tenure") * 0.25 * 2.0 * 3.0
    expected = 2.0 * curved.model.weight("recency") + weight * 0.25 * 4.0 + 0.5 * product
    assert curved.contributions(row).numeric[0, 0] == pytest.approx(expected)
    assert len(CURVED) * (len(CURVED) + 1) // 2 + 26 <= 110


def test_rate_is_the_rate_of_the_group_shrunk_toward_all() -> None:
    expert = Rate(0.5)
    once = Rows(("one_time", "tenure"), np.tile([1.0, math.log1p(10) / 2], (400, 1)))
    other = Rows(("one_time", "tenure"), np.tile([0.0, math.log1p(100) / 2], (400, 1)))
    expert.learn_block(once, np.arange(400) % 10 < 8)
    expert.learn_block(other, np.arange(400) % 10 < 2)
    assert sigmoid(expert.log_odds_many(once)[0]) == pytest.approx(0.8, abs=0.03)
    assert sigmoid(expert.log_odds_many(other)[0]) == pytest.approx(0.2, abs=0.03)
    unseen = Rows(("one_time", "tenure"), np.array([[1.0, math.log1p(400) / 2]]))
    assert sigmoid(expert.log_odds_many(unseen)[0]) == pytest.approx(0.5, abs=0.01)
    expert.advance(180.0 * 40)
    assert sigmoid(expert.log_odds_many(once)[0]) == pytest.approx(0.5, abs=0.01)


def test_rate_keeps_the_weeks_apart() -> None:
    expert = Rate(0.5)
    days = [6, 7, 13, 14, 27, 28, 181, 182]
    tenure = np.array([[math.log1p(day) / 2] for day in days])
    cells = expert._cells(Rows(("tenure",), tenure))[1]
    assert cells.tolist() == [0, 1, 1, 2, 2, 3, 5, 6]


def test_drift_falls_with_the_horizon() -> None:
    assert drift_for(1.0) == drift_for(7.0) > drift_for(30.0) > drift_for(90.0) > 0.0


@pytest.mark.parametrize(
    "path",
    ["os.system", "river.linear_model.LinearRegression", "river.tree.HoeffdingTreeClassifier", ""],
)
def test_only_rivers_linear_classifiers_are_permitted_as_paths(path: str) -> None:
    with pytest.raises(
        ValueError, match=r"is not permitted: give river\.linear_model\. and one of"
    ):
        new_experts(0.0, 60.0, [path])


@pytest.mark.parametrize("data", [{}, {"kind": "other"}])
def test_an_unknown_kind_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expert kind is"):
        restored_expert(data)


def test_counts_of_other_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="other groups in 'seen'"):
        Rate.from_json({**Rate().to_json(), "seen": [[1.0]]})


def test_every_kind_is_registered_by_its_name() -> None:
    assert {make().to_json()["kind"] for make in EXPERTS.values()} == set(KINDS)


@pytest.mark.parametrize(
    ("names", "matrix", "categories", "message"),
    [
        (("a",), [[1.0, 2.0]], (), "has not 1 columns"),
        (("a",), [[math.nan]], (), "feature 'a' is nan: give a finite number"),
        (("a",), [[1.0]], [{}, {}], "2 rows have categories, of 1"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    names: tuple[str, ...], matrix: Any, categories: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Rows(names, matrix, categories)


def test_parts_add_up_part_by_part() -> None:
    one = Parts(np.array([1.0]), np.array([[2.0]]), [{"a=b": 3.0}])
    twice = one.scaled(2.0, 1.0)
    assert twice.total().tolist() == [13.0]
    assert twice.categories == [{"a=b": 6.0}]


def test_a_form_halves_a_product_between_its_features_and_knows_no_other_rows() -> None:
    generator = np.random.default_rng(1)
    products = generator.normal(size=(4, 4))
    products[2] = products[:, 2] = 0.0
    form = QuadraticForm(0.5, generator.normal(size=4), products + products.T, {"a=b": 2.0})
    matrix = generator.normal(size=(50, 4))
    names = ("one", "two", "three", "four")
    categories = [{"a=b": 1.0, "c=d": 1.0} if row % 2 else {} for row in range(50)]
    parts = form.parts(Rows(names, matrix, categories))
    curve = np.einsum("ni,ij,nj->n", matrix, form.products, matrix)
    stated = 2.0 * (np.arange(50) % 2)
    assert parts.total() == pytest.approx(0.5 + matrix @ form.weights + curve + stated)
    assert parts.categories[1] == {"a=b": 2.0, "c=d": 0.0}
    alone = [form.parts(Rows(names, matrix[[row]], [categories[row]])) for row in range(50)]
    assert [float(part.total()[0]) for part in alone] == parts.total().tolist()
    assert [part.numeric[0].tolist() for part in alone] == parts.numeric.tolist()
