"""Profiles of one customer: what had been stated by which moment."""

from detectors.customer.state import CustomerState, ProfileVersion, StatedValue
from detectors.durations import DAY
from detectors.policy import Policy
from schemas.interaction import Interaction
from schemas.profile import Profile

MAX_VERSIONS = 8
"""Statements held one by one, however quickly they follow each other."""


def apply_profile(state: CustomerState, event: Profile, at: float, policy: Policy) -> None:
    """Keep the statement as of its time, as long as a prediction made before it waits for a label.

    Predictions find the categories they were made with here, by their time.
    """
    attributes: dict[str, str] = {}
    for name in policy.features.profile_attributes:
        value = getattr(event, name, None)
        if value is None:
            value = event.attributes.get(name)
        if value is not None:
            attributes[name] = str(value)[:64]
    contract_end = event.contract_end.timestamp() if event.contract_end else 0.0
    segment = (event.segment or "")[:64]
    version = ProfileVersion(at, attributes, contract_end, segment, stated_value(event))
    _keep(state, version, policy)


def stated_value(event: Profile) -> StatedValue | None:
    """What the profile says of the customer's value; None if it says nothing.

    What it cost to win the customer and what those are worth whom it brought stand in the
    attributes ``acquisition_cost`` and ``referral_value``, as numbers.
    """
    acquisition = _number(event, "acquisition_cost")
    referral = _number(event, "referral_value")
    if event.wallet_spend is None and acquisition is None and referral is None:
        return None
    return StatedValue(event.wallet_spend, acquisition, referral)


def _number(event: Profile, name: str) -> float | None:
    value = event.attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def note_attributes(state: CustomerState, event: Interaction, at: float, policy: Policy) -> None:
    """Take the attributes that the policy names from an interaction, as a profile would state them.

    So how an offer was made (`contact = "cellular"`) counts as well as who it was made to. Of the
    interactions of a day that state the same attributes the newest is kept: features look at the
    ends of days, and a busy day must not push out what older predictions were made with.
    """
    attributes = {
        name: str(event.attributes[name])[:64]
        for name in policy.features.profile_attributes
        if event.attributes.get(name) is not None
    }
    if not attributes:
        return
    version = ProfileVersion(at, attributes)
    for index, other in enumerate(state.profiles):
        if _says_the_same_day(other, version):
            if _place(version) > _place(other):
                del state.profiles[index]
                break
            return
    _keep(state, version, policy)


def _says_the_same_day(one: ProfileVersion, other: ProfileVersion) -> bool:
    return (
        one.since // DAY == other.since // DAY
        and one.attributes.keys() == other.attributes.keys()
        and not (one.contract_end or one.segment or one.value)
    )


def _place(version: ProfileVersion) -> tuple[float, list[tuple[str, str]], float, str, str]:
    """Where it stands in time; of one moment, by what it says."""
    return (
        version.since,
        sorted(version.attributes.items()),
        version.contract_end,
        version.segment,
        repr(version.value),
    )


def _keep(state: CustomerState, version: ProfileVersion, policy: Policy) -> None:
    """Put a statement among the others, and fold those that nothing asks for any more."""
    versions = state.profiles
    versions.append(version)
    versions.sort(key=_place)
    settled = state.last_at - policy.time.lateness - DAY
    drop_repeats(versions, settled)
    oldest = settled - policy.longest_days * DAY - DAY
    while len(versions) > 1 and (versions[1].since <= oldest or len(versions) > MAX_VERSIONS):
        versions[:2] = [merged(*versions[:2])]


def drop_repeats(versions: list[ProfileVersion], settled: float) -> None:
    """Drop statements that say nothing new, as far as none can come before them any more."""
    index = 1
    known = versions[0]
    while index < len(versions) and versions[index].since <= settled:
        after = merged(known, versions[index])
        if _said(after) == _said(known):
            del versions[index]
        else:
            known = after
            index += 1


def _said(version: ProfileVersion) -> tuple[object, ...]:
    return version.attributes, version.contract_end, version.segment, version.value


def merged(older: ProfileVersion, newer: ProfileVersion) -> ProfileVersion:
    """What holds from the newer statement on: what it does not say stays as it was."""
    return ProfileVersion(
        newer.since,
        {**older.attributes, **newer.attributes},
        newer.contract_end or older.contract_end,
        newer.segment or older.segment,
        _merged_value(older.value, newer.value),
    )


def _merged_value(older: StatedValue | None, newer: StatedValue | None) -> StatedValue | None:
    if older is None or newer is None:
        return newer or older
    return StatedValue(
        older.wallet if newer.wallet is None else newer.wallet,
        older.acquisition if newer.acquisition is None else newer.acquisition,
        older.referral if newer.referral is None else newer.referral,
    )


def profile_at(state: CustomerState, at: float) -> ProfileVersion | None:
    """All that had been stated by the moment `at` (epoch s)."""
    found: ProfileVersion | None = None
    for version in state.profiles:
        if version.since > at:
            break
        found = version if found is None else merged(found, version)
    return found
