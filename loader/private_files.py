"""Files that hold personal data: whole or not there, and readable by their owner alone."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from loader.errors import ConfigurationError


def write_private(path: Path, parts: Iterable[str], *, encoding: str = "utf-8") -> bool:
    """Write a file beside its place and move it there when it is whole; return whether it replaced another.

    What is made is readable by its owner alone (`tempfile` sees to that), whatever the one before it was.

    Raises:
        ConfigurationError: the folder is not there, or cannot be written to, or the disk is full.
    """
    made: Path | None = None
    try:
        with NamedTemporaryFile(
            "w",
            encoding=encoding,
            errors="replace",
            newline="",
            dir=path.parent,
            prefix=".n2f-sync-",
            delete=False,
        ) as file:
            made = Path(file.name)
            file.writelines(parts)
        is_there = path.exists()
        made.replace(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}",
            doing="writing the report",
            remedy="Name another place with --output, or see that this user may write there.",
        ) from None
    finally:
        if made is not None:
            with suppress(OSError):
                made.unlink(missing_ok=True)  # it is gone where it was moved
    return is_there
