"""Settings: every variable checked, every message names variable, value and permitted range."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.setting_values import Secret
from streams.settings import SETTINGS, Setting, Settings, SettingsError

LOGIN = {
    "CHURNSTREAM_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "CHURNSTREAM_SASL_MECHANISM": "scram-sha-512",
    "CHURNSTREAM_SASL_USERNAME": "reader",
    "CHURNSTREAM_SASL_PASSWORD": "topsecret",
}


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = Settings.from_env({})
    assert settings == Settings()
    assert settings.brokers == ("localhost:9092",)
    assert settings.app_id == "churnstream"
    assert settings.topic_prefix == ""
    assert settings.batch_wait == pytest.approx(0.003)
    assert settings.policy is None


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.variable)
def test_the_default_of_every_setting_can_be_written_out(row: Setting) -> None:
    assert Settings.from_env({row.variable: row.default}) == Settings()
    assert Settings.from_env({row.variable: "  "}) == Settings()


def test_values_are_read_as_one_would_write_them() -> None:
    settings = Settings.from_env(
        {
            "CHURNSTREAM_BROKERS": "kafka-1, kafka-2:9093,[::1]:9094,",
            "CHURNSTREAM_STORE": "RocksDB",
            "CHURNSTREAM_IDLE_AFTER": "5m",
            "CHURNSTREAM_STALL_LIMIT": "90",
            "CHURNSTREAM_BATCH_WAIT": "0.5 ms",
            "CHURNSTREAM_DATA_DIR": "~/churn",
            "CHURNSTREAM_DEAD_LETTER_LIMIT": ".25",
            "HOME": "ignored",
        }
    )
    assert settings.brokers == ("kafka-1:9092", "kafka-2:9093", "[::1]:9094")
    assert settings.store == "rocksdb"
    assert settings.idle_after == 300
    assert settings.stall_limit == 90
    assert settings.batch_wait == pytest.approx(0.0005)
    assert settings.data_dir == Path.home() / "churn"
    assert settings.dead_letter_limit == 0.25


@pytest.mark.parametrize(
    ("ending", "value"),
    [
        ("BROKERS", ","),
        ("BROKERS", "kafka:70000"),
        ("BROKERS", "kafka://kafka:9092"),
        ("BROKERS", "::1:9092"),
        ("APP_ID", "two words"),
        ("APP_ID", "a" * 181),
        ("TOPIC_PREFIX", "a/b"),
        ("STORE", "redis"),
        ("METRICS_PORT", "65536"),
        ("METRICS_PORT", "-1"),
        ("PARTITIONS", "0"),
        ("PARTITIONS", "4.0"),
        ("PARTITIONS", "four"),
        ("BATCH_SIZE", "0"),
        ("BATCH_WAIT", "11s"),
        ("BATCH_WAIT", "nan"),
        ("IDLE_AFTER", "-1s"),
        ("STALL_LIMIT", "10y"),
        ("DEAD_LETTER_LIMIT", "1.01"),
        ("DEAD_LETTER_LIMIT", "inf"),
        ("DEAD_LETTER_LIMIT", "1e"),
        ("LOG_LEVEL", "loud"),
        ("SECURITY_PROTOCOL", "TLS"),
        ("SASL_MECHANISM", "GSSAPI"),
        ("METRICS_HOST", "a\x00b"),
        ("POLICY", "~nobody-of-that-name/policy.toml"),
    ],
)
def test_a_value_outside_its_range_is_refused_by_name_value_and_range(
    ending: str, value: str
) -> None:
    variable = f"CHURNSTREAM_{ending}"
    permitted = next(row.permitted for row in SETTINGS if row.variable == variable)
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({variable: value})
    message = str(caught.value)
    assert message.startswith(f"{variable}: ")
    assert repr(value) in message
    assert permitted in message
    assert caught.value.exit_status == 2


@given(st.sampled_from(SETTINGS), st.text(max_size=30) | st.text("~/0123.:smhd-", max_size=6))
def test_no_text_whatever_raises_anything_else(row: Setting, text: str) -> None:
    with suppress(SettingsError):
        Settings.from_env({row.variable: text})


def test_a_misspelt_variable_is_refused_with_the_right_one() -> None:
    with pytest.raises(SettingsError, match="did you mean CHURNSTREAM_BROKERS"):
        Settings.from_env({"CHURNSTREAM_BROKER": "kafka:9092"})


@pytest.mark.parametrize("other", ["CHURNSTREAM_DEBUG", "CHURNSTREAM_REQUIRE_TOOLS"])
def test_variables_of_other_purposes_are_left_alone(other: str) -> None:
    assert Settings.from_env({other: "1"}) == Settings()


def test_the_password_reaches_the_client_and_nothing_else() -> None:
    settings = Settings.from_env(LOGIN)
    assert "topsecret" not in repr(settings)
    assert "topsecret" not in f"{settings.sasl_password}{settings.sasl_password!r}"
    options = settings.kafka_python_options()
    assert options["sasl_plain_password"] == "topsecret"  # noqa: S105
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"


def test_a_secret_equals_the_same_secret_only() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


def test_the_password_can_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("topsecret\n", encoding="utf-8")
    env = {**LOGIN, "CHURNSTREAM_SASL_PASSWORD": "", "CHURNSTREAM_SASL_PASSWORD_FILE": str(file)}
    assert Settings.from_env(env).sasl_password == Secret("topsecret")
    both = {**LOGIN, "CHURNSTREAM_SASL_PASSWORD_FILE": str(file)}
    with pytest.raises(SettingsError, match="both set"):
        Settings.from_env(both)
    file.unlink()
    with pytest.raises(SettingsError, match=r"SASL_PASSWORD_FILE: .*cannot be read"):
        Settings.from_env(env)


@pytest.mark.parametrize("missing", sorted(LOGIN))
def test_half_a_login_is_refused(missing: str) -> None:
    env = {variable: value for variable, value in LOGIN.items() if variable != missing}
    with pytest.raises(SettingsError, match="CHURNSTREAM_SASL_") as caught:
        Settings.from_env(env)
    assert "topsecret" not in str(caught.value)


def test_tls_files_need_tls_and_must_exist(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    env = {"CHURNSTREAM_TLS_CA": str(authority)}
    with pytest.raises(SettingsError, match="would be ignored"):
        Settings.from_env(env)
    settings = Settings.from_env({**env, "CHURNSTREAM_SECURITY_PROTOCOL": "ssl"})
    assert settings.kafka_python_options()["ssl_cafile"] == str(authority)
    assert settings.kafka_python_options()["security_protocol"] == "SSL"
    authority.unlink()
    with pytest.raises(SettingsError, match="is no file"):
        Settings.from_env({**env, "CHURNSTREAM_SECURITY_PROTOCOL": "ssl"})


def test_certificate_and_key_belong_together(tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.touch()
    env = {"CHURNSTREAM_SECURITY_PROTOCOL": "SSL", "CHURNSTREAM_TLS_CERT": str(certificate)}
    with pytest.raises(SettingsError, match="belong together"):
        Settings.from_env(env)
