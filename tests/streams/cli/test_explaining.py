"""`explain` and `audit` against a real broker: the account of a score, and the score made again."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import orjson
import pytest
from click.testing import CliRunner, Result
from kafka import KafkaProducer

from detectors.archiving import archive_message
from detectors.customer.features import NAMES
from detectors.effects import Message
from detectors.messages.envelope import message
from detectors.models.archive import archived
from detectors.models.logistic import SecondOrderLogistic
from detectors.policy import load_policy
from schemas.churn_risk import ChurnRisk
from schemas.model_snapshot import ModelSnapshot
from streams.cli.main import churnstream
from streams.kafka import topic_admin
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.clients import admin_client
from streams.settings import Settings
from streams.topics import CHANGELOG, physical
from tests.detectors.builders import complaint, moment, on, records, rhythm
from tests.detectors.models.ensembles import snapshot_of
from tests.laws.stage import Stage
from tests.streams.cli.examples import churn_risk

RULES = """
[churn]
active_window = "40d"
horizon = "14d"
review_interval = "3d"
[alerts]
raise_at = 0.5
clear_at = 0.45
medium = 0.4
high = 0.5
min_silence = "2d"
update_step = 0.02
"""
STORY = [
    *rhythm("ann", 0, 3, 8, amount=24.5),
    *rhythm("bob", 1, 2, 10),
    complaint("c", "ann", on(24), "opened", "case-1"),
]
TAMPERED = "tampered-alert"
OLD = "alert-without-ledger"
LOST = "alert-of-a-lost-model"


def model() -> ModelSnapshot:
    """It believes the prior, and that complaints matter; it speaks from day 38 on."""
    means = dict.fromkeys(NAMES, 0.01) | {"prior_logit": 1.0, "complaints_open": 1.0}
    model = SecondOrderLogistic(prior_mean=means)
    return snapshot_of(model, moment(on(38)), reference={"recency": 1.0, "prior_logit": -0.5})


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policy") / "policy.toml"
    path.write_text(RULES)
    return path


@pytest.fixture(scope="module")
def stage(rules: Path) -> Stage:
    """Two customers who fall silent; first the prior rule scores them, then a model."""
    stage = Stage(load_policy(rules), learns=False)
    stage.install([model()])
    stage.feed(records(sorted(STORY, key=lambda event: event.at)))
    stage.finish(on(45))
    return stage


@pytest.fixture(scope="module")
def alert(stage: Stage) -> ChurnRisk:
    """The last step of ann's alert, which the model has updated."""
    found = [item for item in stage.payloads("churn-risk") if item.customer_id == "ann"]
    assert {item.basis for item in found} == {"prior", "model"}
    return msgspec.convert(found[-1], type=ChurnRisk)


@pytest.fixture(scope="module")
def brokers(stage: Stage, alert: ChurnRisk) -> Iterator[str]:
    """A broker with all that the stage has written."""
    names = stage.processor.decisions.scorer.names
    published = message("model-snapshots", model(), key="silence", id="m", at=on(38))
    messages = [*stage.messages, published, archive_message(archived(model(), names))]
    messages += [risk_message(item) for item in odd_alerts(alert)]
    with EmbeddedBroker() as broker:
        settings = Settings(brokers=(broker.address,))
        with admin_client(settings) as client:
            topic_admin.create(client, settings)
        producer = KafkaProducer(**settings.kafka_python_options(), linger_ms=5)
        for item in [*messages, messages[-1]]:
            producer.send(item.topic, key=item.key, value=item.value)
        for key, value in stage.store.items():
            producer.send(physical(settings, CHANGELOG), key=key, value=value)
        producer.flush()
        producer.close()
        yield broker.address


def odd_alerts(alert: ChurnRisk) -> list[ChurnRisk]:
    """A tampered one, one from before there were ledgers, and one whose model is lost."""
    replace, ledger = msgspec.structs.replace, alert.ledger
    assert ledger is not None
    features = bytes([ledger.features[0] + 16]) + ledger.features[1:]
    lost = {"model_version": "lost"}
    return [
        replace(alert, alert_id=TAMPERED, ledger=replace(ledger, features=features)),
        churn_risk(alert_id=OLD),
        replace(alert, alert_id=LOST, **lost, ledger=replace(ledger, **lost)),
    ]


def risk_message(alert: ChurnRisk) -> Message:
    return message("churn-risk", alert, key=alert.customer_id, id=alert.alert_id, at=on(45))


def call(brokers: str, rules: Path, *arguments: str) -> Result:
    line = [*arguments, "--brokers", brokers, "--policy", str(rules)]
    return CliRunner(env={"COLUMNS": "120"}).invoke(churnstream, line)


def test_explain_is_one_document_that_adds_up_to_the_published_score(
    brokers: str, rules: Path, stage: Stage
) -> None:
    result = call(brokers, rules, "explain", "ann", "--json")
    assert result.exit_code == 0, result.output
    found = orjson.loads(result.stdout)
    last = stage.customers["ann"].last_score
    assert last is not None
    assert found["probability"] == found["published"] == last.probability
    total = found["reference_log_odds"] + sum(p["contribution"] for p in found["contributions"])
    assert total + found["rest"] == pytest.approx(found["log_odds"], abs=1e-9)
    assert found["model_version"] == model().version
    assert found["evidence"] == ["ann-5", "ann-6", "ann-7", "case-1"]
    assert found["since"]["probability"] > 0
    assert {hint["action"] for hint in found["hints"]} == {"activity", "resolve"}


def test_explain_tells_a_person_why_what_moved_and_what_would_help(
    brokers: str, rules: Path, alert: ChurnRisk
) -> None:
    result = call(brokers, rules, "explain", "ann")
    assert result.exit_code == 0, result.output
    for said in (
        "Customer ann",
        "risk of falling silent within 14 days",
        f"by the model {model().version}",
        f"open alert {alert.alert_id}",
        "the reference: a typical customer",
        "usually every 3 (silence ",
        "typical 6.389)",
        "1 open complaint",
        "log-odds, that is 0.",
        "Since the score of 2011-03-",
        "a purchase ",
        "resolving 1 open complaint the next day would ",
        "Rests on: ann-5, ann-6, ann-7, case-1",
    ):
        assert said in result.stdout, result.stdout


def test_explain_looks_at_any_moment(brokers: str, rules: Path) -> None:
    result = call(brokers, rules, "explain", "ann", "--json", "--at", "2011-02-20")
    found = orjson.loads(result.stdout)
    assert found["as_of"] == "2011-02-21T00:00:00Z", "a date is the end of that day"
    assert (found["basis"], found["published"]) == ("prior", None)
    assert call(brokers, rules, "explain", "ann", "--at", "1999-01-01").exit_code == 1
    wrong = call(brokers, rules, "explain", "ann", "--at", "yesterday")
    assert wrong.exit_code == 2
    assert "permitted: 2011-06-10" in wrong.output


def test_explain_names_the_remedy_for_an_unknown_customer(brokers: str, rules: Path) -> None:
    result = call(brokers, rules, "explain", "nobody")
    assert result.exit_code == 1
    assert "CHURNSTREAM_APP_ID" in str(result.exception)


def test_audit_finds_every_step_equal_prior_and_model(
    brokers: str, rules: Path, alert: ChurnRisk
) -> None:
    result = call(brokers, rules, "audit", alert.alert_id, "--json")
    assert result.exit_code == 0, result.output
    found = orjson.loads(result.stdout)
    assert found["equal"] is True
    assert found["customer_id"] == "ann"
    assert {step["verdict"] for step in found["steps"]} == {"equal"}
    assert {step["model_version"] for step in found["steps"]} == {"prior", model().version}
    assert all(step["recomputed"] == step["logged"] for step in found["steps"])
    assert found["steps"][0]["stage"] == "raised"
    told = call(brokers, rules, "audit", alert.alert_id, "--customer", "ann")
    assert told.exit_code == 0
    assert told.stdout.endswith("equal\n")


@pytest.mark.parametrize(
    ("alert_id", "verdict", "said"),
    [
        (TAMPERED, "different", "computed anew it is"),
        (OLD, "not reproducible", "carries no ledger"),
        (LOST, "not reproducible", "model lost is not in the archive"),
    ],
)
def test_audit_says_what_is_not_equal_and_why(
    brokers: str, rules: Path, alert_id: str, verdict: str, said: str
) -> None:
    result = call(brokers, rules, "audit", alert_id)
    assert result.exit_code == 1
    (step,) = result.stdout.splitlines()[1:-1]
    assert f": {verdict}" in step
    assert said in step
    assert result.stdout.endswith("not equal\n")


def test_audit_tells_that_the_policy_was_another_one(
    brokers: str, alert: ChurnRisk, tmp_path: Path
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(RULES.replace("0.02", "0.03"))
    result = call(brokers, other, "audit", alert.alert_id)
    assert result.exit_code == 0, "what was said then does not depend on the policy now"
    assert "the policy was another one then" in result.stdout


def test_audit_of_an_unknown_alert_names_the_remedy(brokers: str, rules: Path) -> None:
    result = call(brokers, rules, "audit", "no-such-alert", "--customer", "ann")
    assert result.exit_code == 1
    assert "is not in topic churn-risk in the partition of customer 'ann'" in str(result.exception)
