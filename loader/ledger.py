"""The calls of the last minute, remembered from one process to the next."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed

from loader import locks
from loader.errors import ConfigurationError

logger = logging.getLogger(__name__)

Kind = Literal["read", "write"]
"""GET is a read; POST, PUT and DELETE are writes, and so is `auth`."""


@contextmanager
def only_run_of_client(folder: Path, base_url: str, client_id: str) -> Iterator[None]:
    """Keep out every other run that calls N2F as this client, on whichever database: calls are serial.

    Raises:
        LockedError: there is one at work.
        ConfigurationError: the folder cannot be written to.
    """
    path = _file_of_client(folder, base_url, client_id, ".lock")
    try:
        lock = locks.take(path, message="another run calls N2F as this client, on another database")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be locked: {error.strerror}",
            doing="keeping other runs of this client out",
            remedy="Let this user write to the folder, and see that the disk is not full.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _file_of_client(folder: Path, base_url: str, client_id: str, suffix: str) -> Path:
    name = hashlib.sha256(f"{base_url}\n{client_id}".encode()).hexdigest()[:16]
    return folder / f"{name}{suffix}"


class Ledger:
    """The calls of the last minute, for the run that starts right after this one: a small text file.

    Each call is a line `TIME KIND started`, written before it starts, and a line `TIME KIND answered`. A
    process that is killed leaves a call without an answer, which counts as answered when the file is next
    read. Lines that make no sense are dropped. What lies in the future, because the clock was set back,
    counts as now: at worst a minute too long is waited. Lines are not forced to the disk: a reboot takes a
    minute too.
    """

    _LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z (read|write) (started|answered)")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @classmethod
    def of_client(cls, folder: Path, base_url: str, client_id: str) -> Ledger:
        """Return the ledger of one client of one N2F: quotas are counted for each of them."""
        return cls(_file_of_client(folder, base_url, client_id, ".calls"))

    def open(self, now: datetime, *, seconds: float) -> dict[Kind, list[datetime]]:
        """Return when the calls of the last `seconds` were answered, oldest first; forget all others.

        Raises:
            ConfigurationError: the file cannot be read or written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = self._path.read_text("ascii", errors="replace") if self._path.exists() else ""
            calls = self._parse(text, now - timedelta(seconds=seconds), now)
            kept = sorted((at, kind) for kind, times in calls.items() for at in times)
            pruned = self._path.with_suffix(".new")
            pruned.write_text(
                "".join(_line(at, kind, "answered") for at, kind in kept), "ascii", newline="\n"
            )
            _replaced(pruned, self._path)
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise ConfigurationError(
                f"{self._path} cannot be kept: {error.strerror}",
                doing="remembering the calls of the last minute, which count for the next run too",
                remedy="Let this user write to the folder, and see that the disk is not full.",
            ) from None
        return calls

    def add(self, at: datetime, kind: Kind, event: Literal["started", "answered"]) -> None:
        """Append a line. That it fails later than `open` (a full disk) is no reason to stop a sync."""
        try:
            if self._file is not None:
                os.write(self._file, _line(at, kind, event).encode("ascii"))
        except OSError as error:
            logger.warning("%s cannot be written: %s", self._path, error.strerror)

    def close(self) -> None:
        """Close the file; nothing more is remembered."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _parse(self, text: str, oldest: datetime, now: datetime) -> dict[Kind, list[datetime]]:
        calls: dict[Kind, list[datetime]] = {"read": [], "write": []}
        open_call: Kind | None = None
        for line in text.splitlines():
            found = self._LINE.fullmatch(line)
            if found is None:
                continue
            try:
                at = min(datetime.fromisoformat(found[1]).replace(tzinfo=UTC), now)
            except ValueError:
                continue
            kind: Kind = "read" if found[2] == "read" else "write"
            if found[3] == "answered":
                calls[kind].append(at)
                open_call = None
                continue
            if open_call is not None:
                calls[open_call].append(at)
            open_call = kind
        if open_call is not None:
            calls[open_call].append(now)
        return {kind: sorted(at for at in times if at > oldest) for kind, times in calls.items()}


def _line(at: datetime, kind: Kind, event: str) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z {kind} {event}\n"


@retry(
    retry=retry_if_exception_type(PermissionError),
    stop=stop_after_attempt(10),
    wait=wait_fixed(0.05),
    reraise=True,
)
def _replaced(new: Path, path: Path) -> None:
    """Put one file in another's place; on Windows a virus scanner may hold either for a moment."""
    new.replace(path)
