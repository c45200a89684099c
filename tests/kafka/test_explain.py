"""A real alert of a real worker: `explain` accounts for it, and `audit` finds it equal."""

from pathlib import Path

import orjson
from click.testing import CliRunner, Result

from schemas.churn_risk import ChurnRisk
from schemas.codec import decode_output
from streams.cli.main import churnstream
from tests.kafka.cluster import KafkaNode
from tests.kafka.deployment import Deployment
from tests.kafka.learning import POLICY, purchases, snapshots

DOUBTFUL = """
[prior]
a = 8.0
b = 1.0
[model]
min_labels = 100
[alerts]
update_step = 0.02
"""
"""A rule that thinks too many have left: the model soon does better, and speaks."""


def call(deployment: Deployment, *arguments: str) -> Result:
    """A command with the deployment's settings."""
    return CliRunner(env=deployment.env).invoke(churnstream, [*arguments])


def alerts(deployment: Deployment) -> list[ChurnRisk]:
    """All steps of all churn alerts."""
    found = [decode_output("churn-risk", i.value or b"") for i in deployment.read("churn-risk")]
    return [item for item in found if isinstance(item, ChurnRisk)]


def test_alerts_of_rule_and_model_are_explained_and_audited(
    kafka: KafkaNode, tmp_path: Path
) -> None:
    name = f"x{tmp_path.name[-6:]}".replace("_", "-")
    with Deployment(kafka.address, name, tmp_path, policy=POLICY + DOUBTFUL) as deployment:
        worker = deployment.worker()
        deployment.produce("interactions", purchases(0, 75))
        deployment.wait_done(worker)
        deployment.wait_for(
            lambda: any(item.ready for item in snapshots(deployment)), "a model that may speak"
        )
        deployment.produce("interactions", purchases(75, 110))
        deployment.wait_done(worker)
        deployment.wait_for(
            lambda: {item.basis for item in alerts(deployment)} == {"prior", "model"},
            "alerts of both",
        )
        assert worker.stop() == 0, worker.output

        found = alerts(deployment)
        versions = {item.version for item in snapshots(deployment)}
        archived = {(item.key or b"").decode() for item in deployment.read("model-archive")}
        assert versions <= archived
        for basis in ("prior", "model"):
            alert = next(item for item in found if item.basis == basis)
            audited = call(deployment, "audit", alert.alert_id, "--json")
            assert audited.exit_code == 0, audited.output
            steps = orjson.loads(audited.stdout)["steps"]
            assert {step["verdict"] for step in steps} == {"equal"}

        last = found[-1]
        explained = call(deployment, "explain", last.customer_id, "--json")
        assert explained.exit_code == 0, explained.output
        account = orjson.loads(explained.stdout)
        assert account["probability"] == account["published"]
        total = account["reference_log_odds"] + account["rest"]
        total += sum(part["contribution"] for part in account["contributions"])
        assert abs(total - account["log_odds"]) < 1e-9
