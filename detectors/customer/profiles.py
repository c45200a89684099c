"""Profiles of one customer: what had been stated by which moment."""

from detectors.customer.state import CustomerState, ProfileVersion
from detectors.durations import DAY
from detectors.policy import Policy
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
    versions = state.profiles
    versions.append(ProfileVersion(at, attributes, contract_end, (event.segment or "")[:64]))
    versions.sort(key=lambda v: (v.since, sorted(v.attributes.items()), v.contract_end, v.segment))
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
        if (after.attributes, after.contract_end, after.segment) == (
            known.attributes,
            known.contract_end,
            known.segment,
        ):
            del versions[index]
        else:
            known = after
            index += 1


def merged(older: ProfileVersion, newer: ProfileVersion) -> ProfileVersion:
    """What holds from the newer statement on: what it does not say stays as it was."""
    return ProfileVersion(
        newer.since,
        {**older.attributes, **newer.attributes},
        newer.contract_end or older.contract_end,
        newer.segment or older.segment,
    )


def profile_at(state: CustomerState, at: float) -> ProfileVersion | None:
    """All that had been stated by the moment `at` (epoch s)."""
    found: ProfileVersion | None = None
    for version in state.profiles:
        if version.since > at:
            break
        found = version if found is None else merged(found, version)
    return found
