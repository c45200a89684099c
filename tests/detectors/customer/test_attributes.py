"""Attributes of profiles as features: numbers on their scale, texts as indicators."""

from math import expm1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.customer.attributes import is_profile_feature, number_of, profile_features
from detectors.customer.scales import signed_log

texts = st.text(max_size=64)


@given(st.dictionaries(texts, texts, max_size=5))
def test_every_attribute_is_one_bounded_feature(attributes: dict[str, str]) -> None:
    features = profile_features(attributes)
    assert len(features) <= len(attributes)
    for name, text in attributes.items():
        (feature,) = profile_features({name: text})
        assert feature in features
        assert is_profile_feature(feature)
        assert abs(features[feature]) <= 17.5


@given(st.integers(-(10**6), 10**6) | st.floats(-1e5, 1e5).map(lambda x: round(x, 4)))
def test_a_number_is_its_signed_logarithm(number: float) -> None:
    if "e" in str(number):
        return
    (value,) = profile_features({"balance": str(number)}).values()
    assert value == signed_log(number)
    assert expm1(2 * abs(value)) == pytest.approx(abs(number))


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_larger_numbers_never_have_smaller_features(one: int, other: int) -> None:
    less, more = sorted((one, other))
    features = [profile_features({"age": str(number)})["number:age"] for number in (less, more)]
    assert features == sorted(features)


@pytest.mark.parametrize(
    "text",
    ["", "007", "+5", " 5", "5 ", "1_000", "nan", "inf", "-", "1,5", "5.", ".5", "0x1", "٣", "1e5"],
)
def test_codes_and_texts_are_categories(text: str) -> None:
    assert number_of(text) is None
    assert profile_features({"branch": text}) == {f"branch={text}": 1.0}


def test_more_digits_than_a_number_has_are_a_code() -> None:
    assert profile_features({"a": "9" * 15}).keys() == {"number:a"}
    assert profile_features({"a": "9" * 16}) == {"a=" + "9" * 16: 1.0}
