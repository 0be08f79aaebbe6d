"""docs/reference/settings.md, made of `loader/variables.py`."""

from __future__ import annotations

from collections.abc import Iterator

from loader.variable import Variable
from loader.variables import GROUPS
from tools.markdown import GENERATED, table

_READERS = {"loader": "the loader", "profile": "dbt's profile", "models": "the models"}

_INTRODUCTION = """\
Variables of the environment, or of `.env` beside `dbt_project.yml`; the environment is stronger, and options of the
command line are stronger than both. What is empty counts as unset. `dbt` called directly reads the environment alone.

A *list* has commas between its names, *yes or no* is true, yes, 1, false, no or 0 in any case, *seconds* may have a
decimal point. A value marked *secret* is shown nowhere. Proxies and certificates are those of the library `requests`:
`HTTPS_PROXY`, `NO_PROXY`, `REQUESTS_CA_BUNDLE`, from the environment alone."""


def settings_page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from ("# Reference: settings", "", GENERATED, "", _INTRODUCTION)
    for group in GROUPS:
        yield from ("", f"## {group.title}", "")
        rows = [_row(variable) for variable in group.variables]
        yield from table(("variable", "meaning", "kind", "default", "read by"), rows)


def _row(variable: Variable) -> tuple[str, ...]:
    default = f"`{variable.default}`" if variable.default is not None else variable.unset
    return (
        f"`{variable.name}`",
        variable.meaning,
        f"{variable.kind}, secret" if variable.is_secret else variable.kind,
        default or "none: a clear error",
        ", ".join(_READERS[reader] for reader in variable.readers),
    )
