"""docker-compose.yml, checked without Docker: valid, pinned, and consistent with the program."""

import re
from typing import Any

import click
import pytest

from streams.cli.main import COMMANDS
from streams.settings import SETTINGS, Settings
from tests.deploy.files import ROOT, compose, read_yaml
from tests.deploy.tools import import_tool

SERVICES: dict[str, dict[str, Any]] = compose()["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+\.\d+(-[a-z0-9.-]+)?")


def settings_of(service: dict[str, Any]) -> Settings:
    env = {name: str(value or "") for name, value in service["environment"].items()}
    return Settings.from_env(env)


def test_the_file_follows_the_compose_specification() -> None:
    compose_spec = import_tool("compose_spec", "compose-spec")
    options = compose_spec.PyOptions()
    options.apply_merge = True
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    document = options.from_yaml(text)
    document.validate()
    assert set(document.service_names()) == set(SERVICES)
    with pytest.raises(ValueError, match="stop_grace"):
        options.from_yaml(text.replace("stop_grace_period", "stop_grace"))


def test_the_deployment_is_complete() -> None:
    assert set(SERVICES) == {"kafka", "topics", "worker", "prometheus", "grafana"}
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"])


@pytest.mark.parametrize("name", OURS)
def test_commands_are_real_ones(name: str) -> None:
    first, *others = SERVICES[name]["command"]
    command: click.Command | None = COMMANDS[first].load()
    for word in others:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
        assert command is not None, f"churnstream {first} has no {word}"


@pytest.mark.parametrize("name", OURS)
def test_settings_are_real_and_within_their_ranges(name: str) -> None:
    known = {row.variable for row in SETTINGS}
    assert set(SERVICES[name]["environment"]) <= known
    settings = settings_of(SERVICES[name])
    assert settings.partitions >= SERVICES["worker"]["deploy"]["replicas"]


def test_workers_and_provisioning_agree_on_everything() -> None:
    assert settings_of(OURS["worker"]) == settings_of(OURS["topics"])


def test_workers_find_kafka_where_it_says_it_is() -> None:
    environment = SERVICES["kafka"]["environment"]
    advertised = environment["KAFKA_ADVERTISED_LISTENERS"].split(",")
    addresses = [listener.partition("://")[2] for listener in advertised]
    assert list(settings_of(OURS["worker"]).brokers) == addresses[:1]
    assert addresses[1] == "localhost:9092"
    assert SERVICES["kafka"]["hostname"] == "kafka"
    names = {listener.partition("://")[0] for listener in environment["KAFKA_LISTENERS"].split(",")}
    protocols = environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    assert names == {pair.partition(":")[0] for pair in protocols}


def test_topics_are_made_after_kafka_answers_and_before_workers_begin() -> None:
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert SERVICES["topics"]["restart"] == "no"
    finished = {"topics": {"condition": "service_completed_successfully"}}
    assert SERVICES["worker"]["depends_on"] == finished
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


@pytest.mark.parametrize("name", ["kafka", "prometheus", "grafana"])
def test_long_running_services_have_health_checks_and_keep_their_data(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    kept = [volume.partition(":")[0] for volume in service["volumes"]]
    assert f"{name}-data" in kept


def test_volumes_are_declared_and_mounted_files_exist() -> None:
    declared = set(compose()["volumes"])
    used = set()
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source, colon, _ = volume.partition(":")
            if source.startswith("./"):
                assert (ROOT / source).exists(), source
            elif colon:
                used.add(source)
    assert used == declared


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights_they_do_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert service.get("user", "churnstream") not in ("root", "0")


def test_nothing_is_open_to_other_machines() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_prometheus_looks_where_workers_answer_and_grafana_where_prometheus_does() -> None:
    (scrape,) = read_yaml("deploy/prometheus/prometheus.yml")["scrape_configs"]
    (found,) = scrape["dns_sd_configs"]
    assert found["names"] == ["worker"]
    assert [str(found["port"])] == SERVICES["worker"]["expose"]
    (source,) = read_yaml("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = read_yaml("deploy/grafana/provisioning/dashboards/churnstream.yml")["providers"]
    mounted = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted
