"""The proposed policy as a file.

It is written whole, by `effective_toml`: every value of the proposal was in force when its result
was measured, and a default that changes later must not change what was chosen. Comments of the old
file are not taken over; that file stays as it is.
"""

from pathlib import Path

from detectors.policy import Policy, effective_toml
from streams.backtest.scores_file import ResultFileError, check_folder


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raise `ResultFileError` when the file cannot or must not be written, before the long work."""
    check_folder(path)
    if path.exists() and not overwrite:
        raise ResultFileError(f"{path}: exists already; name another file, or add --overwrite")


def write_policy(path: Path, policy: Policy, about: str, *, overwrite: bool) -> None:
    """Write the whole policy below a comment. Raises `ResultFileError`."""
    text = "".join(f"# {line}\n" for line in about.splitlines()) + effective_toml(policy)
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        check_free(path, overwrite=overwrite)
    except OSError as error:
        raise ResultFileError(
            f"{path}: cannot be written: {error.strerror}; name another file"
        ) from None
