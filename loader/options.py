"""The options of the command line (contract, section 5): their names, and what becomes of them."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loader import logs
from loader.errors import UsageError

if TYPE_CHECKING:
    from loader.progress import Progress
    from loader.workplace import Workplace

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else.")]
LogFormat = Annotated[
    str | None,
    typer.Option(
        "--log-format", metavar="text|json", help="Lines of the log on stderr, or a JSON object a line."
    ),
]
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", metavar="NAME", help="This scope alone; repeatable.")
]
Create = Annotated[bool | None, typer.Option("--create/--no-create", help="Create what N2F lacks.")]
Update = Annotated[bool | None, typer.Option("--update/--no-update", help="Update what differs.")]
Delete = Annotated[bool | None, typer.Option("--delete/--no-delete", help="Delete what Agresso lacks.")]
AllowCreate = Annotated[bool, typer.Option("--allow-mass-create", help="Lift the guard on creates.")]
AllowUpdate = Annotated[bool, typer.Option("--allow-mass-update", help="Lift the guard on updates.")]
AllowDelete = Annotated[bool, typer.Option("--allow-mass-delete", help="Lift the guard on deletes.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do all but the writes to N2F.")]
MaxWrites = Annotated[int | None, typer.Option("--max-writes", metavar="N", help="Send N changes at most.")]
Until = Annotated[
    str | None, typer.Option("--until", metavar="HH:MM", help="Send nothing after this time of N2F's zone.")
]
MaxAge = Annotated[
    str | None,
    typer.Option(
        "--max-age", metavar="15m", help="Use a snapshot that is no older, if nothing was written since."
    ),
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Take a new snapshot in any case.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 also when rows were rejected.")]
Rows = Annotated[bool, typer.Option("--rows", help="Show every change, old → new.")]
PlanId = Annotated[str | None, typer.Argument(metavar="[PLAN]", help="The newest one if none is named.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="A mail, or COMPANY/CODE of an axis value.")]
RunId = Annotated[
    str | None, typer.Option("--run", metavar="RUN", help="Of this run; else of the newest one.")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write there; in a folder, under the run's own name."),
]
Csv = Annotated[bool, typer.Option("--csv", help="The results as a CSV file instead of a page.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="Where the demo's database is made; else in .n2f-sync/demo.")
]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


def workplace(progress: Progress, options: dict[str, Any]) -> Workplace:
    """Return where a command works; `options` are named as `load_sync_settings` names them.

    Raises:
        UsageError: an option makes no sense.
        ConfigurationError: a variable does, or the dbt profile.
    """
    from loader.config import load_sync_settings, read_environment
    from loader.workplace import Workplace

    root = root_folder()
    refuse_wrong_usage(options)
    env = read_environment(root)
    settings = load_sync_settings(env, **options)
    return Workplace(root=root, env=env, settings=settings, progress=progress)


def refuse_wrong_usage(options: dict[str, Any]) -> None:
    """Raise UsageError for an option that makes no sense, before the environment is read."""
    from loader.seeds import scope_names
    from loader.usage import chosen_scopes, refuse_unknown_scopes

    judged = {name: options[name] for name in ("scopes", "max_writes", "until") if name in options}
    if chosen := chosen_scopes(**judged):
        refuse_unknown_scopes(chosen, scope_names(root_folder()))


def log_format(option: str | None) -> logs.LogFormat:
    """Return the form of the log; raises UsageError or ConfigurationError."""
    if option is not None:
        return logs.asked_format(option, {})
    from loader.config import read_environment

    return logs.asked_format(None, read_environment(root_folder()))


def root_folder() -> Path:
    """Return the folder of the dbt project: the one that dbt is told, else this repository."""
    from loader.config import project_root

    return Path(os.environ.get("DBT_PROJECT_DIR", "").strip() or project_root()).resolve()


def allowed_actions(**actions: bool) -> list[str]:
    """Return the actions whose guard is lifted."""
    return [action for action, is_allowed in actions.items() if is_allowed]


def parse_age(text: str | None) -> timedelta | None:
    """Return what `--max-age` says; raises UsageError."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})([smh])", text, re.ASCII)
    if found is None:
        raise UsageError(
            f"--max-age is {text!r}",
            doing="reading the command line",
            remedy="Set it to a number and a unit, for example 90s, 15m or 2h.",
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
