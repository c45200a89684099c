"""The policy: every horizon, window and threshold, from one TOML file.

A section of the file is a dataclass here and a key is a field; a field knows its permitted
range, so that `load_policy` can name key, value and range for whatever is wrong.
Durations are written like ``"60d"`` and held in seconds.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from detectors.complaints.calendar import Calendars
from detectors.complaints.sections import CalendarRules, Complaints
from detectors.durations import DAY, format_duration
from detectors.policy_fields import (
    Check,
    choice,
    duration,
    exchange_rates,
    further_targets,
    integer,
    names,
    number,
    river_models,
    text,
)
from detectors.policy_fields import PolicyError as PolicyError
from detectors.targets import UPGRADE, Target
from detectors.value.abc import CLASSES
from detectors.value.pyramid import LEVELS


@dataclass(frozen=True, slots=True)
class Time:
    """``[time]``: what counts as late, as a repeat, as impossible."""

    lateness: int = duration("1d", "0s", "30d")
    """An event older than its topic's newest by more than this is late; reviews wait this long."""
    future_limit: int = duration("1d", "0s", "30d")
    """How far an event may lie after the moment Kafka received it."""
    duplicate_window: int = duration("2d", "1d", "30d", whole_days=True)
    """How long a customer's event ids are remembered (event time)."""
    patience: int = duration("15m", "0s", "1d")
    """How long (event time) what runs out by the clock waits for a step that is on its way."""
    default_zone: str = text("")
    """IANA zone for times without an offset; empty: such times are rejected."""


@dataclass(frozen=True, slots=True)
class Churn:
    """``[churn]``: what churn is, for whom it is predicted, and how often."""

    definition: str = choice("silence", "silence", "cancellation")
    active_window: int = duration("90d", "1d", "1095d", whole_days=True)
    horizon: int = duration("60d", "1d", "730d", whole_days=True)
    activity_kinds: tuple[str, ...] = names("purchase", least=1)
    review_interval: int = duration("7d", "1d", "90d", whole_days=True)
    """Each active customer is scored once per interval, on days fixed by the hash of its id."""
    also: tuple[Target, ...] = further_targets()
    """Further churn targets, predicted beside the first, which alone raises alerts."""


@dataclass(frozen=True, slots=True)
class Features:
    """``[features]``: own attributes used beside the built-in features."""

    profile_attributes: tuple[str, ...] = names()
    event_attributes: tuple[str, ...] = names(most=8)


@dataclass(frozen=True, slots=True)
class Prior:
    """``[prior]``: the rule that speaks before the model has seen enough labels.

    `r`, `alpha_days`, `a`, `b` are the BG/NBD parameters (Fader, Hardie & Lee 2005, table 2:
    CDNOW; alpha 4.414 weeks). `cancellation_rate` is the share that cancels within the horizon.
    """

    r: float = number(0.243, 0.001, 100)
    alpha_days: float = number(30.9, 0.01, 10_000)
    a: float = number(0.793, 0.001, 100)
    b: float = number(2.426, 0.001, 100)
    cancellation_rate: float = number(0.1, 0.001, 0.999)
    cancel_request_odds: float = number(2.0, 0, 10)
    """Added to the log-odds within 30 days of a cancel request."""


@dataclass(frozen=True, slots=True)
class Model:
    """``[model]``: the online models."""

    min_labels: int = integer(300, 20, 1_000_000)
    """Matured labels before any model may speak in place of the prior rule."""
    river: tuple[str, ...] = river_models()
    """River's linear models that compete too, such as ``river.linear_model.LogisticRegression``."""
    snapshot_interval: int = duration("1d", "1d", "30d", whole_days=True)
    """Event time between two published snapshots."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """``[alerts]``: when a churn risk is raised, updated, resolved; bands; how soon to act."""

    raise_at: float = number(0.7, 0.01, 0.99)
    clear_at: float = number(0.6, 0.01, 0.99)
    medium: float = number(0.5, 0.01, 0.99)
    high: float = number(0.7, 0.01, 0.99)
    critical: float = number(0.85, 0.01, 0.999)
    update_step: float = number(0.1, 0.01, 1)
    """An open alert is repeated when its probability moved by this much, or its band changed."""
    cool_down: int = duration("14d", "0s", "365d")
    expire_after: int = duration("60d", "1d", "730d")
    min_silence: int = duration("14d", "0d", "365d", whole_days=True)
    """Without a cancel request or an open complaint nobody is called silent any sooner."""
    control_share: float = number(0.0, 0, 0.5)
    """Share of the customers, fixed by the hash of the id, for whom no alert is raised."""
    act_within_critical: int = duration("2d", "1h", "365d")
    act_within_high: int = duration("7d", "1h", "365d")
    act_within_medium: int = duration("14d", "1h", "365d")


@dataclass(frozen=True, slots=True)
class Value:
    """``[value]``: money and the customer pyramid (D4)."""

    currency: str = text("", longest=3)
    """Currency of all sums; empty: each customer's own first currency, another one is refused."""
    rates: Mapping[str, float] = exchange_rates()
    """Units of `currency` for one unit of another currency."""
    window: int = duration("90d", "7d", "730d", whole_days=True)
    """Trailing window of the revenue that ranks customers."""
    top: float = number(0.01, 0.0001, 0.5)
    large: float = number(0.04, 0.0001, 0.5)
    medium: float = number(0.15, 0.0001, 0.9)
    steady: float = number(0.05, 0, 0.5)
    """A level or class is left only when the boundary is passed by this share of it."""


@dataclass(frozen=True, slots=True)
class Abc:
    """``[abc]``: classes of customers by profit in the value window (D5); C is the rest."""

    a: float = number(0.05, 0.0001, 0.5)
    b: float = number(0.15, 0.0001, 0.9)
    c_minus: float = number(0.3, 0, 1)
    """Share of C, the worst of it, that is C-."""


@dataclass(frozen=True, slots=True)
class Costs:
    """``[costs]``: what customers cost where no event states it (D3); in currency units."""

    contact: float = number(0, 0, 1e9)
    """Of one contact of `service_kinds`."""
    complaint: float = number(0, 0, 1e9)
    """Of handling one complaint, without compensation."""
    returned: float = number(0, 0, 1e9)
    """Of the returns of one day."""
    offer: float = number(0, 0, 1e9)
    """Of making one offer: marketing."""
    acquisition: float = number(0, 0, 1e9)
    """Of winning one customer."""
    service_kinds: tuple[str, ...] = names("contact", "call")


@dataclass(frozen=True, slots=True)
class Clv:
    """``[clv]``: customer lifetime value (D3)."""

    discount: float = number(0.1, 0, 1)
    """Yearly rate at which money to come is discounted."""
    years: float = number(10, 1, 50)
    """No further ahead than this is anything expected."""


@dataclass(frozen=True, slots=True)
class Loyalty:
    """``[loyalty]``: loyalty class, lifecycle stage (D6), rhythm (D17), price-only buyers (D16)."""

    new_within: int = duration("90d", "1d", "730d", whole_days=True)
    """Since the first activity: `new`."""
    least_occasions: int = integer(3, 2, 100)
    """With fewer a customer is `new`, however long ago."""
    established_after: int = duration("365d", "1d", "3650d", whole_days=True)
    frequent_gap: int = duration("45d", "1d", "730d", whole_days=True)
    """Frequent: a mean gap between occasions of this at the most."""
    exclusive: float = number(0.8, 0.1, 1)
    """Share of the wallet from which on a customer is nearly exclusive."""
    overdue: float = number(2, 1, 20)
    """Decline: silent for this many times its rhythm."""
    decline: float = number(0.5, 0, 1)
    """Decline: spend in the later half of the value window over that in the earlier."""
    least_gaps: int = integer(3, 1, 100)
    """Gaps between occasions that make a rhythm of one's own."""
    least_customers: int = integer(20, 1, 100_000)
    """Customers with a rhythm of their own that make one of their category."""
    discount_share: float = number(0.8, 0.01, 1)
    """Share of the purchases with a discount from which on a customer is `discount_driven`."""
    discount_purchases: int = integer(5, 1, 1_000)
    """Purchases before anybody is called so."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """``[wallet]``: share of wallet against profit (D7)."""

    high_share: float = number(0.5, 0.01, 1)
    """Share of the customer's spend in our category that is high."""
    high_profit: float = number(0.15, 0, 1)
    """Profit over revenue that is high."""


@dataclass(frozen=True, slots=True)
class KeyAccounts:
    """``[key_accounts]``: whom we do not leave without word from us (D22)."""

    levels: tuple[str, ...] = names("top")
    """Levels of the pyramid whose customers are key accounts."""
    classes: tuple[str, ...] = names("A")
    """And classes of the ABC."""
    contact_every: int = duration("90d", "0d", "730d", whole_days=True)
    """A key account that was not contacted for longer raises an alert; 0: none does."""
    contact_kinds: tuple[str, ...] = names("contact", "call", "visit")
    """Interactions that are a contact of ours, as is an alert that a team calls `contacted`."""


@dataclass(frozen=True, slots=True)
class Business:
    """``[business]``: what a customer who stays is worth, and what it takes to keep one.

    `margin` also makes the value at stake of every alert; the others serve `churnstream tune` and
    the cost curve of a backtest. Money is in the currency of ``[value]``.
    """

    margin: float = number(0.3, 0, 1)
    """Share of the net revenue that is margin."""
    contact_cost: float = number(0, 0, 1e9)
    """Cost of one contact, with all that is given away in it; currency units."""
    save_rate: float = number(0, 0, 1)
    """Share of those contacted who would have left and stay; 0: not known."""
    capacity: float = number(0, 0, 1e9)
    """Contacts that the team can make in a week; 0: as many as pay."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """``[upgrade]``: when a customer is ready for more, and what is predicted of it."""

    definition: str = choice("acceptance", *UPGRADE)
    """An upgrade is: an offer accepted, a higher pyramid level, or `ratio` times the own spend."""
    horizon: int = duration("30d", "1d", "730d", whole_days=True)
    """Within which it must happen."""
    ratio: float = number(1.5, 1, 100)
    """`spend`: spend in the horizon over the spend in as many days before."""
    rate: float = number(0.1, 0.001, 0.999)
    """The share of positive labels that is assumed before there are enough."""

    growth: float = number(1.25, 1, 100)
    """Spend in the recent half of the value window over the half before it."""
    reach: float = number(0.5, 0, 10)
    """Distance to the next pyramid level, as a share of the own revenue, at the most."""
    max_risk: float = number(0.5, 0, 1)
    """No opportunity at or above this churn probability."""
    cool_down: int = duration("30d", "0s", "365d")
    expire_after: int = duration("30d", "1d", "365d")


@dataclass(frozen=True, slots=True)
class Surge:
    """``[surge]``: when many complaints about one thing are an incident (D14)."""

    false_alarms_per_month: float = number(1.0, 0.01, 100)
    """Incidents in 30 days that chance alone may open, over all series together, at the most."""
    min_customers: int = integer(5, 2, 10_000)
    """An incident takes at least so many complaints, by as many different customers."""
    history: int = duration("21d", "14d", "365d", whole_days=True)
    """Nothing is an incident before there have been complaints for so long."""
    half_life: int = duration("28d", "7d", "365d", whole_days=True)
    """Age at which a day counts half for what is usual."""
    max_series: int = integer(4_000, 100, 50_000)
    """Series held: the heaviest products, causes, channels, regions and pairs of them."""
    calm: int = duration("1d", "6h", "7d")
    """An incident is over when this long the complaints were as usual, or at most one came."""
    calm_at: float = number(0.05, 0.001, 0.5)
    """As usual: so many would come by chance with a greater probability than this."""
    longest: int = duration("30d", "2d", "365d")
    """An incident that lasts longer is closed; its level is the usual one from then on."""
    update_growth: float = number(0.5, 0.01, 100)
    """An open incident is told of again when its complaints have grown by this share."""


@dataclass(frozen=True, slots=True)
class Staff:
    """``[staff]``: what happens to customers whose account manager leaves (D15)."""

    contact_kinds: tuple[str, ...] = names("contact", "visit", "call", least=1)
    """Interactions by which a new owner makes contact."""
    contact_within: int = duration("7d", "1h", "365d")
    """How soon that is to happen; the deadline of the alert."""
    batch: int = integer(500, 1, 100_000)
    """Alerts a minute (event time) in one partition, the customers of most value first."""
    expire_after: int = duration("60d", "1d", "730d", whole_days=True)
    """An alert ends, and a departure is forgotten, after so long."""
    remembered: int = integer(1_000, 1, 100_000)
    """Departures held at a time, the latest."""


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """``[satisfaction]``: surveys, repurchase, complaints, and what goes with churn (D11)."""

    window: int = duration("90d", "7d", "730d", whole_days=True)
    """Answers, complaints and repurchases of so long count."""
    dissatisfied_at: float = number(2, 1, 5)
    """A CSAT answer up to this is bad."""
    label_window: int = duration("365d", "30d", "1095d", whole_days=True)
    """Outcomes of so long show which areas go with churn."""
    areas: int = integer(20, 1, 200)
    """Causes, products, channels shown one by one, of each; the others are summed up."""
    confidence: float = number(0.95, 0.5, 0.999)
    """Of all intervals."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``[limits]``: sizes beyond which a record is refused."""

    max_bytes: int = integer(262_144, 1_024, 10_485_760)
    max_depth: int = integer(8, 3, 64)
    max_id_length: int = integer(200, 16, 200)


@dataclass(frozen=True)
class Policy:
    """All sections; ``Policy()`` is the default policy."""

    time: Time = field(default_factory=Time)
    churn: Churn = field(default_factory=Churn)
    features: Features = field(default_factory=Features)
    prior: Prior = field(default_factory=Prior)
    model: Model = field(default_factory=Model)
    alerts: Alerts = field(default_factory=Alerts)
    value: Value = field(default_factory=Value)
    abc: Abc = field(default_factory=Abc)
    costs: Costs = field(default_factory=Costs)
    clv: Clv = field(default_factory=Clv)
    loyalty: Loyalty = field(default_factory=Loyalty)
    wallet: Wallet = field(default_factory=Wallet)
    key_accounts: KeyAccounts = field(default_factory=KeyAccounts)
    business: Business = field(default_factory=Business)
    upgrade: Upgrade = field(default_factory=Upgrade)
    surge: Surge = field(default_factory=Surge)
    calendar: CalendarRules = field(default_factory=CalendarRules)
    complaints: Complaints = field(default_factory=Complaints)
    staff: Staff = field(default_factory=Staff)
    satisfaction: Satisfaction = field(default_factory=Satisfaction)
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def calendars(self) -> Calendars:
        """The working hours of every region. Raises `PolicyError` for hours that cannot be."""
        return Calendars(self.calendar)

    @cached_property
    def horizon_days(self) -> int:
        """The horizon in whole days."""
        return self.churn.horizon // DAY

    @cached_property
    def target(self) -> Target:
        """The churn target that raises alerts."""
        return Target(self.churn.definition, self.horizon_days)

    @cached_property
    def upgrade_target(self) -> Target:
        """The upgrade target."""
        return Target(self.upgrade.definition, self.upgrade.horizon // DAY)

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """All that is predicted: the first churn target, further ones, the upgrade target."""
        return (self.target, *self.churn.also, self.upgrade_target)

    @cached_property
    def grid_targets(self) -> tuple[Target, ...]:
        """The targets that are predicted on grid days, shortest horizon first."""
        on_grid = (target for target in self.targets if not target.at_offers)
        return tuple(sorted(on_grid, key=lambda target: (target.horizon_days, target.name)))

    @cached_property
    def grid_names(self) -> str:
        """Names of `grid_targets`, as waiting predictions carry them: the first churn target first.

        It is the one whose probability and features are kept with a prediction.
        """
        others = (target.name for target in self.grid_targets if target != self.target)
        return " ".join([self.target.name, *others])

    @cached_property
    def longest_days(self) -> int:
        """The longest horizon of all, in days."""
        return max(target.horizon_days for target in self.targets)

    @cached_property
    def active_days(self) -> int:
        """The active window in whole days."""
        return self.churn.active_window // DAY

    @cached_property
    def value_days(self) -> int:
        """The value window in whole days."""
        return self.value.window // DAY

    @cached_property
    def effort_kinds(self) -> frozenset[str]:
        """The kinds of interactions that cost something although nothing is stated."""
        return frozenset({*self.costs.service_kinds, *self.key_accounts.contact_kinds, "offer"})

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that stand for the whole policy, defaults included."""
        return blake2b(effective_toml(self).encode(), digest_size=8).hexdigest()

    @cached_property
    def retained_days(self) -> int:
        """Days of a customer's history kept day by day: the longest look back of any rule."""
        lateness = -(-self.time.lateness // DAY)
        horizon = self.longest_days + lateness
        if self.upgrade.definition == "spend":
            horizon += self.upgrade_target.horizon_days
        value = self.value.window // DAY + lateness
        if self.upgrade.definition == "level":
            value += self.upgrade_target.horizon_days
        return max(90 + lateness, self.active_days + lateness, horizon, value) + 1


def load_policy(path: str | Path | None) -> Policy:
    """The policy in a TOML file; the default one for ``None``. Raises `PolicyError`."""
    if path is None:
        return Policy()
    try:
        with Path(path).open("rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        raise PolicyError(f"cannot read the policy {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"the policy {path} is not valid TOML: {error}") from None
    try:
        return parse_policy(document)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from None


def parse_policy(document: Mapping[str, object]) -> Policy:
    """The policy of a parsed TOML document. Raises `PolicyError`."""
    sections = {item.name: item.default_factory for item in fields(Policy)}
    _refuse_unknown("section", document, sections)
    values = {
        name: _section(name, sections[name], table)  # type: ignore[arg-type]
        for name, table in document.items()
    }
    policy = Policy(**values)
    _check_consistency(policy)
    return policy


def _section(name: str, kind: type, table: object) -> Any:
    if not isinstance(table, dict):
        raise PolicyError(f"{name} = {table!r}: must be a section, [{name}]")
    checks: dict[str, Check] = {item.name: item.metadata["check"] for item in fields(kind)}
    _refuse_unknown(f"key in [{name}]", table, checks)
    return kind(**{key: checks[key](f"{name}.{key}", value) for key, value in table.items()})


def _refuse_unknown(what: str, found: Mapping[str, object], known: Mapping[str, object]) -> None:
    for name in found:
        if name not in known:
            raise PolicyError(f"unknown {what}: {name!r}; known are {', '.join(known)}")


def _check_consistency(policy: Policy) -> None:
    churn, alerts, value = policy.churn, policy.alerts, policy.value
    _ = policy.calendars
    if churn.review_interval > churn.active_window:
        raise PolicyError(
            f"churn.review_interval = {format_duration(churn.review_interval)} is longer than "
            f"churn.active_window = {format_duration(churn.active_window)}: customers would "
            "leave the population between two reviews; make it shorter"
        )
    if len(set(policy.targets)) < len(policy.targets):
        raise PolicyError(
            f"churn.also repeats a target: {', '.join(target.name for target in policy.targets)}; "
            "each definition and horizon may stand once"
        )
    if policy.time.lateness > churn.active_window:
        raise PolicyError(
            f"time.lateness = {format_duration(policy.time.lateness)} is longer than "
            f"churn.active_window = {format_duration(churn.active_window)}; make it shorter"
        )
    if policy.time.duplicate_window < policy.time.lateness:
        raise PolicyError(
            f"time.duplicate_window = {format_duration(policy.time.duplicate_window)} is shorter "
            f"than time.lateness = {format_duration(policy.time.lateness)}: a late repeat would "
            "count twice; make it longer"
        )
    if alerts.clear_at > alerts.raise_at:
        raise PolicyError(
            f"alerts.clear_at = {alerts.clear_at:g} is above alerts.raise_at = "
            f"{alerts.raise_at:g}: an alert would close as it opens; make it lower"
        )
    if not alerts.medium < alerts.high < alerts.critical:
        raise PolicyError(
            f"alerts.medium, high, critical = {alerts.medium:g}, {alerts.high:g}, "
            f"{alerts.critical:g}: must rise in this order"
        )
    if value.top + value.large + value.medium >= 1:
        raise PolicyError(
            f"value.top + large + medium = {value.top + value.large + value.medium:g}: must be "
            "below 1, the rest is `small`"
        )
    if policy.abc.a + policy.abc.b >= 1:
        raise PolicyError(
            f"abc.a + b = {policy.abc.a + policy.abc.b:g}: must be below 1, the rest is C"
        )
    _refuse_others("key_accounts.levels", policy.key_accounts.levels, LEVELS)
    _refuse_others("key_accounts.classes", policy.key_accounts.classes, CLASSES)
    if value.rates and not value.currency:
        raise PolicyError("value.rates needs value.currency: name the currency to convert to")
    if policy.time.default_zone:
        try:
            ZoneInfo(policy.time.default_zone)
        except (KeyError, ValueError, OSError):
            raise PolicyError(
                f"time.default_zone = {policy.time.default_zone!r}: no such IANA time zone; "
                'write one like "Europe/London"'
            ) from None


def _refuse_others(key: str, found: Sequence[str], known: Sequence[str]) -> None:
    others = [name for name in found if name not in known]
    if others:
        raise PolicyError(f"{key} = {others[0]!r}: permitted is any of {', '.join(known)}")


def effective_toml(policy: Policy) -> str:
    """The whole policy as TOML, defaults included; reading it back gives an equal policy."""
    lines: list[str] = []
    for section in fields(Policy):
        values = getattr(policy, section.name)
        lines.append(f"[{section.name}]")
        for item in fields(values):
            value = getattr(values, item.name)
            if "duration" in item.metadata:
                value = format_duration(value)
            elif "durations" in item.metadata:
                value = tuple(map(format_duration, value))
            lines.append(f"{item.name} = {_toml(value)}")
        lines.append("")
    return "\n".join(lines)


def _toml(value: object) -> str:
    match value:
        case str():
            # The escapes of JSON are valid in TOML, which wants one more character escaped.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Target():
            return f'{{ definition = "{value.definition}", horizon = "{value.horizon_days}d" }}'
        case tuple():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case Mapping():
            return "{ " + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + " }"
        case _:
            return repr(value)
