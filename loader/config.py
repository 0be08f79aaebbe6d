"""Settings from the environment and `.env`, all checked before anything starts.

Section 5 of the contract fixes the names, meanings and defaults of the variables; those it does not name
(time-outs, attempts, delays) stand in `.env.example`. How to reach the database stands in the dbt profile.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from loader.errors import ConfigurationError
from loader.settings import ACTIONS, ApiSettings, QuotaSettings, SyncSettings
from loader.usage import chosen_scopes

__all__ = [
    "ACTIONS",
    "ApiSettings",
    "QuotaSettings",
    "SyncSettings",
    "is_loopback",
    "load_api_settings",
    "load_quota_settings",
    "load_sync_settings",
    "project_root",
    "read_environment",
]

_DOING = "reading the settings"
_SANDBOX_HOST = "sandbox.n2f.com"
_LONGEST_WAIT = 86_400.0  # seconds; `select` refuses to wait much longer

T = TypeVar("T")


def project_root() -> Path:
    """Return the folder that holds `dbt_project/`, `.env` and `.n2f-sync/`."""
    return Path(__file__).resolve().parents[1]


def read_environment(root: Path | None = None, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment together with what `.env` in `root` adds to it.

    The environment is stronger. What is empty counts as unset in both places, so that a blank line of a
    template or a scheduler never replaces a value. `.env` is taken literally: a `$` in a secret stays one.

    Raises:
        ConfigurationError: `.env` is there and cannot be read.
    """
    path = (root or project_root()) / ".env"
    try:
        stored = dotenv_values(path, interpolate=False, encoding="utf-8-sig") if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {type(error).__name__}",
            doing=_DOING,
            remedy="Make it a UTF-8 text file that this user may read; .env.example shows one.",
        ) from None
    merged = {name: value for name, value in stored.items() if value and value.strip()}
    actual = os.environ if environ is None else environ
    return merged | {name: value for name, value in actual.items() if value.strip()}


def load_api_settings(env: Mapping[str, str], *, ledger_dir: Path | None = None) -> ApiSettings:
    """Return how to reach N2F, from what `read_environment` returned.

    Calls are remembered in `.n2f-sync/calls` of the project unless `ledger_dir` says otherwise.

    Raises:
        ConfigurationError: a variable is missing or wrong; it says which, and what to set.
    """
    required = ("N2F_BASE_URL", "N2F_CLIENT_ID", "N2F_CLIENT_SECRET")
    missing = [name for name in required if not env.get(name, "").strip()]
    if missing:
        raise ConfigurationError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            doing=_DOING,
            remedy="Set them in the environment or in .env (see .env.example); `make demo` runs without N2F.",
            variables=missing,
        )
    sandbox = _read(env, "N2F_SANDBOX", False, _boolean, "true or false")

    def seconds(name: str, default: float, least: float = 0.0) -> float:
        expected = f"a number of seconds from {least:g} to {_LONGEST_WAIT:g}"
        return _read(env, name, default, lambda text: _between(float(text), least, _LONGEST_WAIT), expected)

    return ApiSettings(
        base_url=_base_url(env["N2F_BASE_URL"].strip(), sandbox=sandbox),
        client_id=env["N2F_CLIENT_ID"].strip(),
        client_secret=env["N2F_CLIENT_SECRET"].strip(),
        sandbox=sandbox,
        quota=load_quota_settings(env),
        connect_timeout=seconds("N2F_CONNECT_TIMEOUT", 10.0, least=0.01),
        read_timeout=seconds("N2F_READ_TIMEOUT", 60.0, least=0.01),
        max_attempts=_read(
            env, "N2F_MAX_ATTEMPTS", 6, lambda text: _whole(text, 1), "a whole number, at least 1"
        ),
        backoff_initial=seconds("N2F_BACKOFF_INITIAL", 1.0),
        backoff_max=seconds("N2F_BACKOFF_MAX", 60.0),
        retry_after_max=seconds("N2F_RETRY_AFTER_MAX", 300.0),
        ledger_dir=ledger_dir or project_root() / ".n2f-sync" / "calls",
    )


def load_quota_settings(env: Mapping[str, str]) -> QuotaSettings:
    """Return the quotas alone, for forecasts that need no credentials; raises ConfigurationError."""
    expected = "a whole number, 0 for no quota"
    return QuotaSettings(
        timezone=_read(
            env, "N2F_TIMEZONE", "Europe/Brussels", lambda text: ZoneInfo(text).key, "an IANA time zone"
        ),
        reads_per_minute=_read(env, "N2F_READS_PER_MINUTE", None, _whole, expected),
        writes_per_minute=_read(env, "N2F_WRITES_PER_MINUTE", None, _whole, expected),
    )


def load_sync_settings(
    env: Mapping[str, str],
    *,
    create: bool | None = None,
    update: bool | None = None,
    delete: bool | None = None,
    scopes: Iterable[str] = (),
    allow_mass: Iterable[str] = (),
    max_writes: int | None = None,
    until: str | None = None,
    dry_run: bool = False,
    strict: bool = False,
) -> SyncSettings:
    """Return what this run may do. Options (all but `env`) are stronger than variables; None is not given.

    Raises:
        ConfigurationError: a variable is wrong.
        UsageError: an option is wrong.
    """
    chosen = chosen_scopes(scopes, max_writes=max_writes, until=until)
    sandbox = _read(env, "N2F_SANDBOX", False, _boolean, "true or false")
    actions = _read(
        env, "N2F_SYNC_ACTIONS", SyncSettings().actions, _actions, f"a list of {', '.join(ACTIONS)}, or none"
    )
    for name, wanted in zip(ACTIONS, (create, update, delete), strict=True):
        if wanted is not None:
            actions = actions | {name} if wanted else actions - {name}
    return SyncSettings(
        sandbox=sandbox,
        sandbox_company=env.get("N2F_SANDBOX_COMPANY", "").strip() or None if sandbox else None,
        actions=actions,
        scopes=frozenset(chosen) or frozenset(_list(env, "N2F_SYNC_SCOPES")) or None,
        only_companies=_list(env, "N2F_SYNC_ONLY_COMPANIES"),
        only_mails=_list(env, "N2F_SYNC_ONLY_MAILS"),
        allow_mass=frozenset(allow_mass),
        max_writes=max_writes,
        until=until,
        dry_run=dry_run,
        strict=strict,
    )


def _wrong(name: str, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"{name} {problem}", doing=_DOING, remedy=remedy, variables=[name])


def _read(env: Mapping[str, str], name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    """Return what `parse` makes of a variable that is no secret; its lookup and value errors mean wrong."""
    text = env.get(name, "").strip()
    try:
        return parse(text) if text else default
    except (LookupError, ValueError, OSError):
        raise _wrong(name, f"is {text[:80]!r}", f"Set {name} to {expected}, or unset it.") from None


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]


def _whole(text: str, least: int = 0) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < least:
        raise ValueError
    return int(text)


def _between(value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise ValueError
    return value


def _names(text: str) -> tuple[str, ...]:
    """A list that names nothing is refused: taken as "all", it would do the contrary of what was meant."""
    names = tuple(dict.fromkeys(item.strip() for item in text.split(",") if item.strip()))
    if not names:
        raise ValueError
    return names


def _list(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return _read(env, name, (), _names, "names with a comma between them")


def _actions(text: str) -> frozenset[str]:
    names = frozenset(name.lower() for name in _names(text))
    if not names <= set(ACTIONS) and names != {"none"}:
        raise ValueError
    return names - {"none"}


def _base_url(text: str, *, sandbox: bool) -> str:
    """Return the URL with one slash at its end. A wrong one is never shown: a password may stand in it."""
    try:
        url = urlsplit(text)
        host, port = (url.hostname or "").rstrip("."), url.port
    except ValueError:
        host = ""
    problem = None
    if not host or url.scheme not in {"http", "https"} or not text.isprintable() or " " in text:
        problem = "is no URL that begins with https://"
    elif "@" in url.netloc or "?" in text or "#" in text:
        problem = "holds more than a host and a path: a user name, a query or a fragment"
    elif url.scheme == "http" and not is_loopback(host):
        problem = "is http, which would send the secret in clear text"
    if problem is not None:
        raise _wrong("N2F_BASE_URL", problem, "Set it like https://sandbox.n2f.com/services/api/v2/")
    is_n2f, is_sandbox = f".{host}".endswith(".n2f.com"), host == _SANDBOX_HOST
    if is_n2f and is_sandbox is not sandbox:
        raise _wrong(
            "N2F_SANDBOX",
            f"is {str(sandbox).lower()}, but the host of N2F_BASE_URL is {host}",
            f"Set N2F_SANDBOX={str(is_sandbox).lower()}, or correct N2F_BASE_URL.",
        )
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    return f"{url.scheme}://{netloc}{url.path.rstrip('/')}/"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself: plain http is safe there, and no proxy knows it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
