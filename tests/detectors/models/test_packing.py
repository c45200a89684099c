"""Numbers as one string: the same numbers come back, to the last bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.models.packing import packed, unpacked


@given(st.lists(st.floats()))
def test_what_is_packed_comes_back_to_the_last_bit(numbers: list[float]) -> None:
    array = np.array(numbers, dtype=np.float64)
    assert unpacked(packed(array)).tobytes() == array.tobytes()


def test_the_order_of_bytes_in_memory_changes_nothing() -> None:
    array = np.array([1, -2, 300])
    assert packed(array.astype(">i2")) == packed(array.astype("<i2"))


@pytest.mark.parametrize("text", ["AAAA", "AAAAAAAAAA", "{}"])
def test_what_is_no_such_string_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(text)
