"""The deployment files, read as what they are."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "churnstream.json"


def read_yaml(path: str) -> dict[str, Any]:
    """A YAML file of the repository, by its path from the root."""
    return dict(yaml.safe_load((ROOT / path).read_text(encoding="utf-8")))


def compose() -> dict[str, Any]:
    """``docker-compose.yml`` with its anchors resolved and its variables at their defaults."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)))


def dashboard() -> dict[str, Any]:
    """The Grafana dashboard."""
    return dict(json.loads(DASHBOARD.read_text(encoding="utf-8")))


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments, continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    found = (line.partition(" ") for line in lines if line.strip() and not line.startswith("#"))
    return [(instruction, arguments.strip()) for instruction, _, arguments in found]
