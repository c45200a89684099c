"""``churnstream schemas``: lists, prints, writes and checks."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from schemas.catalogue import CONTRACTS
from schemas.generate import documents
from streams.cli.schemas import schemas


def run(*words: str) -> Result:
    """Run the command with these words."""
    return CliRunner().invoke(schemas, words)


def test_without_a_topic_it_lists_all() -> None:
    lines = run().output.splitlines()
    assert [line.split()[0] for line in lines] == [contract.topic for contract in CONTRACTS]


def test_it_prints_the_schema_of_a_topic() -> None:
    assert orjson.loads(run("churn-risk").output)["title"] == "ChurnRisk"
    assert orjson.loads(run("asyncapi").output)["asyncapi"] == "3.0.0"


def test_what_it_wrote_is_fresh_until_changed(tmp_path: Path) -> None:
    target = tmp_path / "contracts"
    assert run("--write", str(target)).exit_code == 0
    assert {path.name for path in target.iterdir()} == set(documents())
    assert run("--check", str(target)).exit_code == 0
    (target / "asyncapi.json").write_bytes(b"{}")
    stale = run("--check", str(target))
    assert stale.exit_code == 1
    assert "asyncapi.json: differs" in stale.output
    assert f"churnstream schemas --write {target}" in stale.output


@pytest.mark.parametrize("words", [["nonsense"], ["asyncapi", "--check", "."]], ids=" ".join)
def test_wrong_usage_is_told(words: list[str]) -> None:
    assert run(*words).exit_code == 2
