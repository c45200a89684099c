"""Settings for the whole suite."""

from hypothesis import settings

# No time limit per example: a busy machine is not a wrong answer.
settings.register_profile("churnstream", deadline=None)
settings.load_profile("churnstream")
