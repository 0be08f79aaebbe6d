"""The settings, as the doctor sees them: every problem by name, names that look mistyped, and who can read `.env`."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from loader.checkup import Finding, failed, ok, warning
from loader.config import load_api_settings, load_sync_settings, read_environment
from loader.errors import ConfigurationError
from loader.seeds import scope_names
from loader.settings import ApiSettings, SyncSettings
from loader.variables import VARIABLES
from loader.workplace import max_consecutive_failures, refuse_unknown_scopes

T = TypeVar("T")

_STAND_INS = {"N2F_BASE_URL": "http://localhost/", "N2F_CLIENT_ID": "-", "N2F_CLIENT_SECRET": "-"}
"""What takes the place of a required variable that is missing or wrong, so that the others are looked at too."""

_MOST_PROBLEMS = 50
_LIKENESS = 0.85  # of two names, from which on one looks like the other mistyped
_READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedSettings:
    """What the settings came to.

    Attributes:
        env: the environment with `.env`.
        sync: what a run may do; what was wrong has its default there.
        api: how to reach N2F; None where that is not known.
    """

    findings: tuple[Finding, ...]
    env: Mapping[str, str]
    sync: SyncSettings
    api: ApiSettings | None


def examine_settings(root: Path) -> ExaminedSettings:
    """Return what all settings came to; `root` is where `.env` stands."""
    findings = []
    try:
        env = read_environment(root)
    except ConfigurationError as error:
        findings.append(failed(".env", error))
        env = {name: value for name, value in os.environ.items() if value.strip()}
    else:
        findings.append(_env_file(root / ".env"))
    api, api_problems = _tried(load_api_settings, env)
    sync, sync_problems = _tried(load_sync_settings, env)
    sync = sync or SyncSettings()
    problems = [*api_problems, *sync_problems, *_others(env, root, sync)]
    by_message = {error.message: failed("settings", error) for error in problems}
    findings += by_message.values()
    if not by_message and api is not None:
        findings.append(ok("settings", _told(api, sync)))
    findings += _mistyped(env)
    return ExaminedSettings(findings=tuple(findings), env=env, sync=sync, api=None if api_problems else api)


def _tried(
    load: Callable[[Mapping[str, str]], T], env: Mapping[str, str]
) -> tuple[T | None, list[ConfigurationError]]:
    """Return what `load` makes of the environment once every variable it refuses is out, and each refusal."""
    rest = dict(env)
    problems: list[ConfigurationError] = []
    while len(problems) < _MOST_PROBLEMS:
        try:
            return load(rest), problems
        except ConfigurationError as error:
            problems.append(error)
            names = error.details.get("variables")
            if not isinstance(names, list):
                break
            if "N2F_SANDBOX" in names:  # it may be the host that is wrong
                names = [*names, "N2F_BASE_URL"]
            for name in names:
                rest.pop(name, None)
                rest.update({name: _STAND_INS[name]} if name in _STAND_INS else {})
    return None, problems


def _others(env: Mapping[str, str], root: Path, sync: SyncSettings) -> Iterator[ConfigurationError]:
    """Yield what is wrong with settings that a run looks at on its own."""
    try:
        max_consecutive_failures(env)
    except ConfigurationError as error:
        yield error
    try:
        scope_names(root)
    except ConfigurationError:
        return  # the check of the seeds says it
    try:
        refuse_unknown_scopes(sync.scopes, root)
    except ConfigurationError as error:
        yield error


def _told(api: ApiSettings, sync: SyncSettings) -> str:
    """Return the settings in a line; of the secrets no more than that they are set."""
    scopes = ", ".join(sorted(sync.scopes)) if sync.scopes else "all"
    pilot = [f"companies {', '.join(sync.only_companies)}"] if sync.only_companies else []
    pilot += [f"{len(sync.only_mails)} mails"] if sync.only_mails else []
    parts = [
        f"{api.base_url}{' (sandbox)' if api.sandbox else ''}, client id and secret set",
        f"actions {', '.join(sorted(sync.actions)) or 'none'}",
        f"scopes {scopes}",
        *([f"only {' and '.join(pilot)}"] if pilot else []),
    ]
    return "; ".join(parts)


def known_names() -> set[str]:
    """Return the variables that mean something."""
    return set(VARIABLES)


def _mistyped(env: Mapping[str, str]) -> Iterator[Finding]:
    """Yield each variable that means nothing here and looks like one that does."""
    known = known_names()
    for name in sorted(set(env) - known):
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=_LIKENESS)
        if near and name.upper().startswith(("N2F", "NF2")):
            yield warning(
                "names",
                f"{name} means nothing and looks like {near[0]}",
                f"Rename it to {near[0]}, or unset it.",
            )


def _env_file(path: Path) -> Finding:
    """Return whether `.env`, which holds secrets, can be read by others than its owner."""
    if not path.is_file():
        return ok(".env", f"there is no {path}: the environment alone counts")
    mode = path.stat().st_mode & 0o777
    if os.name == "posix" and mode & _READABLE_BY_OTHERS:
        return warning(
            ".env", f"{path} is open to others than its owner (mode {mode:o})", f"chmod 600 {path}"
        )
    return ok(".env", f"{path}{'' if os.name != 'posix' else ', for its owner alone'}")
