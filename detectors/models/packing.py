"""Many numbers as one JSON string: Base64 of their little-endian bytes, to the last bit."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray


def packed(numbers: NDArray[Any]) -> str:
    """The numbers as a string, row by row.

    >>> packed(np.array([1, 2], dtype=np.int16))
    'AQACAA=='
    """
    little = numbers.astype(numbers.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(little.tobytes()).decode()


def unpacked(text: str, dtype: str = "<f8") -> NDArray[Any]:
    """What `packed` wrote, of type `dtype`; not to be written to. Raises ValueError otherwise.

    >>> unpacked("AQACAA==", "<i2").tolist()
    [1, 2]
    """
    return np.frombuffer(base64.b64decode(text, validate=True), dtype)
