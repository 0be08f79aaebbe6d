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
    from loader.aftermath import Aftermath
    from loader.database import Database
    from loader.progress import Progress
    from loader.settings import SyncSettings
    from loader.workplace import Workplace

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else.")]
LogFormat = Annotated[
    str | None,
    typer.Option(
        "--log-format", metavar="text|json", help="Lines of the log on stderr, or a JSON object a line."
    ),
]
MetricsFile = Annotated[
    Path | None,
    typer.Option(
        "--metrics-file", metavar="FILE", help="Write metrics there, for Prometheus's node exporter."
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
AllRows = Annotated[bool, typer.Option("--rows", help="Show every row, not 20 of a scope.")]
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
Against = Annotated[
    str,
    typer.Option("--against", metavar="REF", help="The revision to compare with: a branch, a tag, a commit."),
]
Sample = Annotated[bool, typer.Option("--sample", help="Compare on the sample data, without a site.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown on stdout, for a pull request.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="Where the demo's database is made; else in .n2f-sync/demo.")
]

OlderThan = Annotated[
    str, typer.Option("--older-than", metavar="30d", help="Delete documents of snapshots of this age.")
]
HistoryOlderThan = Annotated[
    str | None,
    typer.Option("--history-older-than", metavar="400d", help="Plans, results and runs too; 400d at least."),
]
DryPrune = Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted, and delete nothing.")]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


def workplace(progress: Progress, options: dict[str, Any]) -> Workplace:
    """Return where a command works; `options` are named as `load_sync_settings` names them.

    Raises:
        UsageError: an option makes no sense.
        ConfigurationError: a variable does, or the dbt profile.
    """
    from loader.workplace import Workplace

    root = root_folder()
    refuse_wrong_usage(options)
    env, settings = _settings(root, options)
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


def aftermath(command: str, metrics_file: Path | None, options: dict[str, Any]) -> Aftermath:
    """Return what follows a command; raises ConfigurationError."""
    from loader.aftermath import Aftermath
    from loader.config import read_environment

    is_dry_run = bool(options.get("dry_run"))
    return Aftermath(
        command, read_environment(root_folder()), metrics_file=metrics_file, is_dry_run=is_dry_run
    )


def database() -> Database:
    """Return the database of the project, for who only asks it: neither dbt nor the client of N2F is imported.

    Raises:
        ConfigurationError: a variable makes no sense, or the dbt profile.
    """
    from loader.transform import project_of
    from loader.warehouse import open_database

    root = root_folder()
    return open_database(project_of(root, *_settings(root, {})).target(), root)


def _settings(root: Path, options: dict[str, Any]) -> tuple[dict[str, str], SyncSettings]:
    from loader.config import load_sync_settings, read_environment

    env = read_environment(root)
    return env, load_sync_settings(env, **options)


def sample_settings(chosen: dict[str, Any]) -> SyncSettings:
    """Return the settings of a site of the sample data: what options say, and nothing of the environment."""
    from loader.config import load_sync_settings
    from loader.seeds import scope_names
    from loader.usage import chosen_scopes, refuse_unknown_scopes

    refuse_unknown_scopes(chosen_scopes(chosen["scopes"]), scope_names(root_folder()))
    return load_sync_settings({}, **chosen)


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


def parse_days(option: str, text: str) -> timedelta:
    """Return what `--older-than` or its like says; raises UsageError."""
    found = re.fullmatch(r"(\d{1,5})d", text, re.ASCII)
    if found is None or int(found[1]) < 1:
        raise UsageError(
            f"{option} is {text!r}",
            doing="reading the command line",
            remedy="Set it to a number of days, at least one, for example 30d.",
        )
    return timedelta(days=int(found[1]))
