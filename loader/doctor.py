"""`n2f-sync doctor`: is everything there that a run needs? It looks and says; it changes nothing.

What a check builds on is checked before it; where that failed, it is not made, and says so. dbt is asked late,
since importing it costs two seconds, and writes what it cannot keep to itself into a folder that is gone at the end.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loader import doctor_database, doctor_n2f, doctor_settings
from loader.checkup import Checkup, Finding, failed, not_checked, ok, problem
from loader.errors import SyncError
from loader.seeds import endpoints, scope_names, snapshot_resources
from loader.transform import project_of

if TYPE_CHECKING:
    from loader.progress import Progress
    from loader.terminal import Terminal
    from loader.transform import Project, Source

_PACKAGES = {"duckdb": ("dbt-duckdb", "duckdb"), "sqlserver": ("dbt-sqlserver", "pyodbc")}


def run_doctor(terminal: Terminal, root: Path) -> int:
    """Show what all checks came to; return the exit code."""
    with terminal.progress() as progress:
        found = examine(root, progress)
    if terminal.as_json:
        terminal.show_json(found.to_json())
    else:
        terminal.show(found.lines())
    return found.exit_code


def examine(root: Path, progress: Progress) -> Checkup:
    """Return what all checks came to.

    Args:
        root: the folder of `dbt_project.yml`, where `.env` stands too.
        progress: who is told what is being looked at.
    """
    progress.stage("looking at the settings")
    settings = doctor_settings.examine_settings(root)
    findings = list(settings.findings)
    project = project_of(root, settings.env, settings.sync)
    target, profile = _profile(project)
    findings.append(profile)

    progress.stage("parsing the dbt project")
    sources: tuple[Source, ...] | None = None
    if target is None:
        findings += not_checked(["dbt project"], since="there is no usable profile")
    else:
        sources, parsed = _parse(project)
        findings.append(parsed)
    findings.append(_seeds(root))

    progress.stage("looking at the database")
    findings += doctor_database.examine_database(target, root, sources)

    progress.stage("asking N2F")
    findings += doctor_n2f.examine_n2f(settings.api)
    return Checkup(findings=[*_versions(target), *findings])


def _versions(target: Mapping[str, Any] | None) -> list[Finding]:
    """Return what is at work: of the adapters the one that the profile names."""
    names = ["n2f-sync", "dbt-core", *_PACKAGES.get(str((target or {}).get("type")), ())]
    found, missing = [], []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    found.append(f"Python {platform.python_version()}")
    if target is not None and target["type"] == "sqlserver":
        found.append(f"ODBC driver {Path(str(target.get('driver'))).name}")
    findings = [ok("versions", ", ".join([*found, f"{platform.system()} {platform.machine()}"]))]
    if missing:
        remedy = "Run `make setup`, or install requirements.lock with pip."
        findings.append(
            problem("packages", f"{', '.join(missing)} not installed for {sys.executable}", remedy)
        )
    return findings


def _profile(project: Project) -> tuple[dict[str, Any] | None, Finding]:
    """Return the target of the profile, which may hold a password, and what is said of it."""
    try:
        target = project.target()
    except SyncError as error:
        return None, failed("profile", error)
    return target, ok("profile", f"{project.profiles_dir() / 'profiles.yml'}, engine {target['type']}")


def _parse(project: Project) -> tuple[tuple[Source, ...] | None, Finding]:
    """Return the tables that the models read and do not make, and what is said of the project."""
    try:
        with tempfile.TemporaryDirectory(prefix="n2f-sync-doctor-") as scratch:
            sources = project.sources(Path(scratch))
    except SyncError as error:
        return None, failed("dbt project", error)
    return sources, ok("dbt project", f"{project.root / 'dbt_project.yml'} parses")


def _seeds(root: Path) -> Finding:
    """Return whether the seeds can be read that the loader itself reads."""
    try:
        scopes, lists, paths = scope_names(root), snapshot_resources(root), endpoints(root)
    except SyncError as error:
        return failed("seeds", error)
    return ok(
        "seeds", f"scopes {', '.join(scopes)}; {len(lists)} lists to read, {len(paths)} endpoints to write to"
    )
