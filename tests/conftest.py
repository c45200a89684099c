"""Settings for the whole suite."""

from hypothesis import settings

import streams  # noqa: F401 - as in the product, before NumPy is imported: it sets BLAS's threads

# No time limit per example: a busy machine is not a wrong answer.
settings.register_profile("churnstream", deadline=None)
settings.load_profile("churnstream")
