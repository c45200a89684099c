"""The Dockerfile, checked without Docker: pinned, locked, without root, and able to be built."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

from streams.cli.main import COMMANDS
from streams.metrics import Metrics
from streams.settings import Settings
from streams.worker.health import Health
from streams.worker.health_server import HealthServer
from tests.deploy.files import ROOT, dockerfile
from tests.deploy.tools import run_tool

INSTRUCTIONS = dockerfile()


def arguments(instruction: str) -> list[str]:
    return [text for name, text in INSTRUCTIONS if name == instruction]


def last(instruction: str) -> str:
    return arguments(instruction)[-1]


def environment() -> dict[str, str]:
    pairs = (pair.partition("=") for text in arguments("ENV") for pair in text.split())
    return {name: value for name, _, value in pairs}


def test_hadolint_finds_no_fault() -> None:
    run_tool("hadolint", "--no-color", ROOT / "Dockerfile")


def test_both_stages_use_one_python_pinned_to_the_patch() -> None:
    build, final = (text.split()[0] for text in arguments("FROM"))
    assert build == final
    version = re.fullmatch(r"python:(\d+\.\d+)\.\d+-slim-[a-z]+", final)
    assert version is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f">={version[1]}" in project["requires-python"]


def test_dependencies_come_from_the_lock_with_hashes_only() -> None:
    installs = [text for text in arguments("RUN") if "pip install" in text]
    assert any("--require-hashes -r requirements/runtime.txt" in text for text in installs)
    for text in installs:
        assert "--require-hashes" in text or "--no-deps --no-build-isolation" in text


def test_what_is_copied_exists_and_is_let_through_by_dockerignore() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    copied = set()
    for text in arguments("COPY"):
        if not text.startswith("--from="):
            copied.update(text.split()[:-1])
    assert copied == allowed
    for path in copied:
        assert (ROOT / path).exists(), path


def test_the_packages_of_the_wheel_are_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages <= {path for text in arguments("COPY") for path in text.split()}


def test_it_does_not_run_as_root() -> None:
    user = last("USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    names = [name for name, _ in INSTRUCTIONS]
    after = names[len(names) - names[::-1].index("USER") :]
    assert "RUN" not in after
    assert "COPY" not in after


def test_it_runs_a_command_of_ours() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["churnstream"]
    assert json.loads(last("CMD"))[0] in COMMANDS


def test_its_settings_are_real_and_fit_together() -> None:
    env = {name: value for name, value in environment().items() if name.startswith("CHURNSTREAM_")}
    settings = Settings.from_env(env)
    assert settings.metrics_host == "0.0.0.0"  # noqa: S104 - inside a container
    assert str(settings.metrics_port) == last("EXPOSE")
    assert str(settings.data_dir) == last("VOLUME") == last("WORKDIR")


@pytest.mark.parametrize("ready", [True, False])
def test_its_health_check_tells_ready_from_not(ready: bool) -> None:
    command = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    health = Health(0.0)
    if ready:
        health.assigned(1, to_recover=0)
    with HealthServer(
        health, Metrics(), host="127.0.0.1", port=0, stall_limit=60, clock=lambda: 0.0
    ) as server:
        env = {**os.environ, "CHURNSTREAM_METRICS_PORT": str(server.port)}
        program = [sys.executable, *command[1:]]
        done = subprocess.run(program, env=env, capture_output=True, check=False)
    assert (done.returncode == 0) == ready
