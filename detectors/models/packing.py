"""Many numbers as one JSON string: Base64 of their little-endian bytes, to the last bit."""

import base64
import zlib
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


def squeezed(numbers: NDArray[Any]) -> str:
    """As `packed`, but compressed by zlib first: for arrays that are mostly zeros."""
    little = numbers.astype(numbers.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(zlib.compress(little.tobytes(), 1)).decode()


def unsqueezed(text: str, dtype: str) -> NDArray[Any]:
    """What `squeezed` wrote, of type `dtype`; not to be written to. Raises ValueError otherwise."""
    try:
        return np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), dtype)
    except zlib.error as error:
        raise ValueError(f"squeezed numbers are damaged: {error}") from None
