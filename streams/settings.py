# ruff: noqa: RUF009 - every default below is a dataclasses.field with its row of the table
"""What a deployment can set, read from ``CHURNSTREAM_…`` environment variables.

`SETTINGS` is the one table of them; ``docs/settings.md`` is made from it. What decides about
customers (horizons, windows, thresholds) is not here but in the policy file.
"""

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from streams import setting_values as values
from streams.errors import ConfigurationError
from streams.setting_values import Secret

PREFIX = "CHURNSTREAM_"
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
T = TypeVar("T")


class SettingsError(ConfigurationError):
    """A setting has a value that is not permitted, or two settings contradict each other."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of `SETTINGS`: a variable, its default as one would write it, and what it does."""

    variable: str
    default: str
    permitted: str
    purpose: str
    parse: Callable[[str], object] = dataclasses.field(repr=False)
    secret: bool = False


def _setting(
    variable: str,
    default: str,
    parse: Callable[[str], T],
    permitted: str,
    purpose: str,
    *,
    secret: bool = False,
) -> T:
    row = Setting(PREFIX + variable, default, permitted, purpose, parse, secret)
    return dataclasses.field(default=parse(default), metadata={"setting": row})


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Durations are in seconds, shares from 0 to 1."""

    brokers: tuple[str, ...] = _setting(
        "BROKERS",
        "localhost:9092",
        values.brokers,
        "host:port, several split at commas",
        "The Kafka brokers to begin with; the others are found through them.",
    )
    app_id: str = _setting(
        "APP_ID",
        "churnstream",
        values.name(180),
        "1–180 letters, digits, `.`, `_`, `-`",
        "The consumer group, and the beginning of the changelog topic's name. Workers that share "
        "it share the partitions.",
    )
    topic_prefix: str = _setting(
        "TOPIC_PREFIX",
        "",
        values.name(180, empty=True),
        "up to 180 letters, digits, `.`, `_`, `-`",
        "Put before every topic name, so that several deployments fit on one cluster.",
    )
    policy: Path | None = _setting(
        "POLICY",
        "",
        values.optional_path,
        "path of a TOML file; empty: built-in defaults",
        "The policy: horizons, windows and thresholds.",
    )
    store: str = _setting(
        "STORE",
        "memory",
        values.choice("memory", "rocksdb"),
        "memory or rocksdb",
        "Where the customers' states are held. Both are rebuilt from the changelog topic.",
    )
    data_dir: Path = _setting(
        "DATA_DIR",
        ".churnstream",
        values.path,
        "path of a folder; made when missing",
        "Local files: the RocksDB store and the worker's bookkeeping. One folder per worker.",
    )
    metrics_host: str = _setting(
        "METRICS_HOST",
        "127.0.0.1",
        values.text,
        "an address of this machine; 0.0.0.0 for all",
        "Where /metrics and /health answer. The container image sets 0.0.0.0.",
    )
    metrics_port: int = _setting(
        "METRICS_PORT",
        "9464",
        values.integer(0, 65535),
        "0–65535; 0: any free port",
        "The port of /metrics, /health/live and /health/ready.",
    )
    partitions: int = _setting(
        "PARTITIONS",
        "4",
        values.integer(1, 10_000),
        "1–10000",
        "Partitions of the topics that are keyed by customer, when they are created; at most so "
        "many workers share the work.",
    )
    replication: int = _setting(
        "REPLICATION",
        "1",
        values.integer(1, 100),
        "1–100, at most the number of brokers",
        "Copies of every topic, when it is created. Use 3 in production.",
    )
    exactly_once: bool = _setting(
        "EXACTLY_ONCE",
        "off",
        values.flag,
        "on or off; the same for all workers",
        "Write outputs, states and offsets of a batch in one Kafka transaction, so that whoever "
        "reads committed records sees each output once. Costs some speed, and latency.",
    )
    batch_size: int = _setting(
        "BATCH_SIZE",
        "4000",
        values.integer(1, 100_000),
        "1–100000",
        "At most so many events are processed and acknowledged together.",
    )
    batch_wait: float = _setting(
        "BATCH_WAIT",
        "3ms",
        values.duration(0, 10),
        "0–10s",
        "How long a batch that is not full waits for more events.",
    )
    dead_letter_limit: float = _setting(
        "DEAD_LETTER_LIMIT",
        "0.5",
        values.number(0, 1),
        "0–1; 1: no limit",
        "The worker stops when more than this share of the last DEAD_LETTER_WINDOW records had "
        "to be dead-lettered.",
    )
    dead_letter_window: int = _setting(
        "DEAD_LETTER_WINDOW",
        "1000",
        values.integer(1, 10_000_000),
        "1–10000000",
        "How many records the share of dead letters is taken over; below that many none stops it.",
    )
    idle_after: float = _setting(
        "IDLE_AFTER",
        "60s",
        values.duration(0, 7 * 86400),
        "0–7d; 0: off",
        "When a partition had no event for so long, the clock moves its event time forward, so "
        "that silence is noticed.",
    )
    stall_limit: float = _setting(
        "STALL_LIMIT",
        "60s",
        values.duration(1, 86400),
        "1s–1d",
        "With events waiting and none processed for so long, the worker reports not ready.",
    )
    stall_exit: float = _setting(
        "STALL_EXIT",
        "5m",
        values.duration(0, 7 * 86400),
        "0–7d; 0: never",
        "When nothing has moved for so long although the broker answers, or the event loop has "
        "been silent, the worker ends with status 1, so that its supervisor starts it again.",
    )
    session_timeout: float = _setting(
        "SESSION_TIMEOUT",
        "6s",
        values.duration(1, 1800),
        "1s–30m, within the broker's group.min/max.session.timeout.ms",
        "A worker that is silent for so long loses its partitions to the others.",
    )
    connect_timeout: float = _setting(
        "CONNECT_TIMEOUT",
        "5s",
        values.duration(0.1, 600),
        "0.1s–10m",
        "How long a command waits for the first answer of a broker before it gives up.",
    )
    log_level: str = _setting(
        "LOG_LEVEL",
        "INFO",
        values.choice("DEBUG", "INFO", "WARNING", "ERROR"),
        "DEBUG, INFO, WARNING or ERROR",
        "The least important messages that are logged.",
    )
    log_format: str = _setting(
        "LOG_FORMAT",
        "text",
        values.choice("text", "json"),
        "text or json",
        "Lines for people, or one JSON object a line for a log collector.",
    )
    security_protocol: str = _setting(
        "SECURITY_PROTOCOL",
        "PLAINTEXT",
        values.choice(*PROTOCOLS),
        ", ".join(PROTOCOLS),
        "How to talk to the brokers: TLS or not, with login or not.",
    )
    sasl_mechanism: str | None = _setting(
        "SASL_MECHANISM",
        "",
        values.optional_choice(*MECHANISMS),
        ", ".join(MECHANISMS) + "; only with SASL_…",
        "The kind of login.",
    )
    sasl_username: str | None = _setting(
        "SASL_USERNAME", "", values.optional_text, "text; only with SASL_…", "The login's name."
    )
    sasl_password: Secret = _setting(
        "SASL_PASSWORD",
        "",
        Secret,
        "text; only with SASL_…",
        "The login's password; never logged or shown.",
        secret=True,
    )
    sasl_password_file: Path | None = _setting(
        "SASL_PASSWORD_FILE",
        "",
        values.optional_path,
        "path of a readable file; instead of SASL_PASSWORD",
        "A file that holds the password, as secrets are mounted in containers.",
    )
    tls_ca: Path | None = _setting(
        "TLS_CA",
        "",
        values.optional_path,
        "path of a PEM file; only with SSL or SASL_SSL",
        "The certificate authority of the brokers; empty: those the system trusts.",
    )
    tls_cert: Path | None = _setting(
        "TLS_CERT",
        "",
        values.optional_path,
        "path of a PEM file; together with TLS_KEY",
        "This client's certificate, where brokers ask for one.",
    )
    tls_key: Path | None = _setting(
        "TLS_KEY",
        "",
        values.optional_path,
        "path of a PEM file; together with TLS_CERT",
        "The private key of the certificate.",
    )

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """The settings that ``env`` (such as ``os.environ``) asks for, checked.

        An empty variable counts as not set. Raises `SettingsError` for a value outside its range,
        for settings that contradict each other, and for a variable that looks like a misspelt one.
        """
        _refuse_misspelt(env)
        given: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            row: Setting = field.metadata["setting"]
            if found := env.get(row.variable, "").strip():
                given[field.name] = _parse(row, found)
        settings = cls(**given)
        if settings.sasl_password_file is not None:
            settings = dataclasses.replace(settings, sasl_password=_password(settings))
        _check_together(settings)
        return settings

    @property
    def uses_tls(self) -> bool:
        """Whether connections to the brokers are encrypted."""
        return self.security_protocol in ("SSL", "SASL_SSL")

    @property
    def uses_sasl(self) -> bool:
        """Whether the brokers ask for a login."""
        return self.security_protocol.startswith("SASL_")

    def kafka_python_options(self) -> dict[str, Any]:
        """The connection options of kafka-python's consumer, producer and admin client.

        The password stands in it in clear text: pass it on, do not log it.
        """
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.brokers),
            "client_id": self.app_id,
            "security_protocol": self.security_protocol,
            "bootstrap_timeout_ms": round(self.connect_timeout * 1000),
        }
        if self.uses_tls:
            paths = {"ssl_cafile": self.tls_ca, "ssl_certfile": self.tls_cert}
            paths["ssl_keyfile"] = self.tls_key
            options |= {name: str(path) for name, path in paths.items() if path is not None}
        if self.uses_sasl:
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.sasl_username
            options["sasl_plain_password"] = self.sasl_password.reveal()
        return options


SETTINGS: tuple[Setting, ...] = tuple(f.metadata["setting"] for f in dataclasses.fields(Settings))


def _parse(row: Setting, found: str) -> object:
    try:
        return row.parse(found)
    except ValueError:
        shown = "the given value" if row.secret else repr(found)
        raise SettingsError(
            f"{row.variable}: {shown} is not permitted; permitted: {row.permitted}"
        ) from None


def _refuse_misspelt(env: Mapping[str, str]) -> None:
    known = {row.variable.removeprefix(PREFIX): row for row in SETTINGS}
    for variable in sorted(env):
        ending = variable.removeprefix(PREFIX)
        if not variable.startswith(PREFIX) or ending in known:
            continue
        if close := difflib.get_close_matches(ending, known, n=1, cutoff=0.8):
            raise SettingsError(
                f"{variable} is not a setting; did you mean {PREFIX}{close[0]}? "
                "All settings: docs/settings.md"
            )


def _password(settings: Settings) -> Secret:
    place = f"{PREFIX}SASL_PASSWORD_FILE"
    if settings.sasl_password:
        raise SettingsError(f"{place} and {PREFIX}SASL_PASSWORD are both set; set only one")
    try:
        return Secret(cast(Path, settings.sasl_password_file).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{place}: {str(settings.sasl_password_file)!r} cannot be read ({error}); "
            "permitted: path of a readable text file"
        ) from None


def _check_together(settings: Settings) -> None:
    protocol = f"{PREFIX}SECURITY_PROTOCOL is {settings.security_protocol!r}"
    login = {
        "SASL_MECHANISM": settings.sasl_mechanism,
        "SASL_USERNAME": settings.sasl_username,
        "SASL_PASSWORD": settings.sasl_password,
    }
    files = {"TLS_CA": settings.tls_ca, "TLS_CERT": settings.tls_cert, "TLS_KEY": settings.tls_key}
    for ending, value in login.items():
        if bool(value) != settings.uses_sasl:
            problem = "is missing" if settings.uses_sasl else "would be ignored"
            raise SettingsError(f"{PREFIX}{ending} {problem}: {protocol}; set both or neither")
    for ending, path in files.items():
        if path is None:
            continue
        if not settings.uses_tls:
            raise SettingsError(
                f"{PREFIX}{ending} would be ignored: {protocol}; permitted with it: SSL, SASL_SSL"
            )
        if not path.is_file():
            raise SettingsError(
                f"{PREFIX}{ending}: {str(path)!r} is no file; permitted: path of a PEM file"
            )
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsError(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY belong together; set both")
