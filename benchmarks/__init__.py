"""Scenarios with permanent names (docs/benchmarks.md)."""

import streams  # noqa: F401 - as in the product, before NumPy is imported: it sets BLAS's threads
