"""The seeds that the loader reads as files: what is snapshotted, and what may be sent.

The repository is trusted, tables are not: whoever may write a table of the database cannot make the loader
send a request, or read a list, that no file of the project names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loader.errors import ConfigurationError

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A list of N2F that a snapshot holds, in the table `n2f_raw.<name>`.

    Attributes:
        path: relative to the base URL; `{company_uuid}` and the like are filled from `parents`.
        parents: relation of `n2f_staging` with a row per list to read; None: there is one list.
        is_paged: whether the list takes `start` and `limit`.
    """

    name: str
    path: str
    parents: str | None
    is_paged: bool


def seeds_folder(root: Path) -> Path:
    """Return where the seeds of the dbt project stand."""
    return root / "dbt_project" / "seeds"


def snapshot_resources(root: Path) -> list[Resource]:
    """Return what to snapshot, parents before the lists that hang on them."""
    columns = ("position", "resource", "path", "parents", "is_paged")
    rows = _rows(seeds_folder(root) / "snapshot_resources.csv", columns)
    rows.sort(key=lambda row: row["position"].zfill(9))
    return [
        Resource(
            name=_identifier(row["resource"]),
            path=row["path"],
            parents=_identifier(row["parents"]) if row["parents"] else None,
            is_paged=row["is_paged"].lower() == "true",
        )
        for row in rows
    ]


def endpoints(root: Path) -> frozenset[tuple[str, str, str]]:
    """Return each (action, http_method, path_template) that may be sent."""
    rows = _rows(seeds_folder(root) / "endpoints.csv", ("action", "http_method", "path_template"))
    return frozenset((row["action"], row["http_method"], row["path_template"]) for row in rows)


def scope_names(root: Path) -> list[str]:
    """Return every scope there is: the users, and one for each axis that the project manages."""
    return ["users", *(row["scope"] for row in _rows(seeds_folder(root) / "axis_scopes.csv", ("scope",)))]


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{name: (row[name] or "").strip() for name in columns} for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read: {type(error).__name__}",
            doing=f"reading {path}",
            remedy="Restore the file from the repository (`git checkout`), or correct it.",
        ) from None


def _identifier(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ConfigurationError(
            f"{text!r} is no name of a table",
            doing="reading snapshot_resources.csv",
            remedy="Use small letters, digits and underscores.",
        )
    return text
