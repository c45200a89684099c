"""No labels ever, all labels one class, a horizon longer than the data."""

import pytest

from tests.troubles.cluster import Cluster
from tests.troubles.command import Commands
from tests.troubles.world import World, rules, shop, sound, toml

LONG = {"churn": {"horizon": "200d"}, "upgrade": {"horizon": "200d"}}
CANCEL = {"churn": {"definition": "cancellation"}}
DAYS = 60


def test_without_any_label_the_prior_speaks_and_no_model_is_published() -> None:
    world = World(rules(**LONG)).run(shop(DAYS, customers=20))
    sound(world)
    assert world.live.labels == 0
    assert world.snapshots == []
    assert {view.basis for view in world.views} == {"prior"}
    assert {alert.basis for alert in world.alerts} == {"prior"}


def test_replay_and_models_tell_that_no_horizon_has_passed(commands: Commands) -> None:
    commands.prepare(shop(DAYS, customers=20), toml(**LONG))
    out = str(commands.folder / "out")
    shown = commands("replay", "--out", out)
    assert shown.status == 0
    assert "no prediction has matured" in shown.err
    assert "the shortest horizon is 200 days" in shown.err
    models = commands("models", "--replay", out)
    assert models.status == 1
    assert "holds no model yet" in models.err


def test_the_backtest_scores_by_the_prior_and_says_that_nothing_can_be_judged(
    commands: Commands,
) -> None:
    commands.prepare(shop(DAYS, customers=20), toml(**LONG))
    shown = commands("backtest", "--json")
    assert shown.status == 0
    assert "within 200 days after each the data ends (2011-03-26)" in shown.err
    assert "a policy with a shorter horizon" in shown.err
    assert shown.document["rows"] > 0
    assert shown.document["judged"]["rows"] == 0
    assert {model["auc"] for model in shown.document["models"]} == {None}


def test_explain_explains_the_rule_when_there_is_no_model(
    commands: Commands, cluster: Cluster
) -> None:
    world = World(rules(**LONG)).run(shop(DAYS, customers=5))
    customer, state = next(item for item in world.live.store.items() if item[0].startswith(b"c"))
    settings = cluster.prepare("long.", states={customer.decode(): state}, models={})
    shown = commands.on_broker(settings, toml(**LONG), "explain", customer.decode())
    assert shown.status == 0
    assert "risk of falling silent within 200 days" in shown.out
    assert "by the stated rule prior" in shown.out


def test_a_report_of_nothing_judged_and_of_one_outcome_can_be_made(commands: Commands) -> None:
    for policy in (toml(**LONG), toml(**CANCEL)):
        commands.prepare(shop(DAYS, customers=20), policy)
        report = commands.folder / "report.html"
        assert commands("backtest", "--report", str(report)).status == 0
        assert "nan" not in report.read_text().lower().replace("tenant", "")


def test_labels_of_one_class_never_let_a_model_speak() -> None:
    world = World(rules(**CANCEL)).run(shop(100, customers=30))
    sound(world)
    learned = [example.label for example in world.learned if example.target == "cancellation"]
    assert len(learned) > 1000
    assert not any(learned)
    assert {view.basis for view in world.views} == {"prior"}


def test_the_commands_show_one_class_without_a_ranking(commands: Commands) -> None:
    commands.prepare(shop(80, customers=20), toml(**CANCEL))
    shown = commands("backtest")
    assert shown.status == 0
    assert "cancellation within 14 days came true for none of the judged rows" in shown.err
    assert "are the events that decide it in the sources?" in shown.err
    commands.replay()
    models = commands("models", "--replay", str(commands.folder / "out"), "--json")
    (cancellation,) = (m for m in models.document["models"] if m["target"] == "cancellation")
    assert cancellation["speaker"] == "prior"
    assert cancellation["base_rate"] == 0
    assert {figures["auc"] for figures in cancellation["measures"].values()} == {None}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"churn": {"activity_kinds": ["visit"]}}, "no customer was active on any cut-off day"),
        ({"upgrade": {"definition": "acceptance"}}, "no offer was made on any cut-off day"),
    ],
)
def test_a_population_of_nobody_is_told(
    commands: Commands, more: dict[str, dict[str, object]], told: str
) -> None:
    commands.prepare(shop(DAYS, customers=5), toml(**more))
    target = "churn" if "churn" in more else "upgrade"
    shown = commands("backtest", "--target", target)
    assert shown.status == 0
    assert told in shown.err
    assert "0 rows scored" in shown.out
