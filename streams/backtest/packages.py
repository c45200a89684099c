"""The packages of the extra ``churnstream[baselines]``: there or not."""

from importlib import import_module

from streams.errors import ConfigurationError


class BaselinesMissingError(ConfigurationError):
    """A package that the baselines need is not installed."""


def check_installed() -> None:
    """Raise `BaselinesMissingError` unless the packages of the extra can be imported."""
    for package in ("lightgbm", "sklearn"):
        try:
            import_module(package)
        except (ImportError, OSError) as error:
            raise BaselinesMissingError(
                f"--baselines needs {package} ({error}): pip install churnstream[baselines]"
            ) from None
