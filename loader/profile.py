"""The target of the dbt profile, read without dbt: importing dbt takes two seconds, of which `status` has 0.4.

dbt stays the judge. What stands here reads the profiles it is sure of, with the libraries dbt reads them with
(PyYAML, Jinja2): an output of DuckDB or SQL Server, of plain settings and `env_var`. Whatever else there is, a mistake
above all, is left to dbt (`transform.Project.target`), which is slower and has the better words. So nothing dbt would
refuse is taken here, and a test compares what is taken with dbt's own reading.
"""

from __future__ import annotations

import os
from ast import literal_eval
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import yaml
from jinja2 import TemplateError
from jinja2.meta import find_undeclared_variables
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.sandbox import SandboxedEnvironment

_DBTS_OWN = (
    "DBT_ENV_"  # variables whose values dbt keeps from templates, or puts in last: secret and private ones
)

Kinds = tuple[type, ...]
_TEXT: Kinds = (str, type(None))
_FLAG: Kinds = (bool, type(None))
_WHOLE: Kinds = (int, type(None))

_DUCKDB: dict[str, Kinds] = {
    "path": (str,),
    "schema": (str,),
    "config_options": (dict, type(None)),
    "keep_open": (bool,),
    "retries": (dict, type(None)),
}
_RETRIES: dict[str, Kinds] = {
    "connect_attempts": (int,),
    "query_attempts": _WHOLE,
    "retryable_exceptions": (list,),
}
_SQLSERVER: dict[str, Kinds] = {
    "driver": _TEXT,
    "host": _TEXT,
    "database": _TEXT,
    "schema": _TEXT,
    "UID": _TEXT,
    "PWD": _TEXT,
    "port": _WHOLE,
    "windows_login": _FLAG,
    "tenant_id": _TEXT,
    "client_id": _TEXT,
    "client_secret": _TEXT,
    "authentication": (str,),
    "encrypt": _FLAG,
    "trust_cert": _FLAG,
    "retries": (int,),
    "login_timeout": _WHOLE,
    "query_timeout": (int,),
}
_SQLSERVER_NAMES = {
    "user": "UID",
    "username": "UID",
    "pass": "PWD",
    "password": "PWD",
    "server": "host",
    "trusted_connection": "windows_login",
    "auth": "authentication",
    "app_id": "client_id",
    "app_secret": "client_secret",
}

_SQLSERVER_DEFAULTS = {
    "port": 1433,
    "windows_login": False,
    "authentication": "sql",
    "encrypt": True,
    "trust_cert": False,
    "retries": 3,
    "login_timeout": 0,
    "query_timeout": 0,
}
_RETRIES_DEFAULTS = {"connect_attempts": 1, "retryable_exceptions": ["IOException"]}


class _AskDbtError(Exception):
    """This is not as plain as what stands here reads."""


def read_target(root: Path, profiles: Path, environ: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the target with its `type`, under dbt's own names; it may hold a password. None: ask dbt.

    Args:
        root: the folder of `dbt_project.yml`.
        profiles: the folder of `profiles.yml`.
        environ: what `env_var` reads; `DBT_TARGET` and `DBT_PROFILE` choose, as they do for dbt.
    """
    try:
        render = _Renderer(environ)
        project = _mapping(_yaml(root / "dbt_project.yml"))
        name = environ.get("DBT_PROFILE") or render(project["profile"])
        profile = _mapping(_mapping(_yaml(profiles / "profiles.yml"))[name])
        chosen = environ.get("DBT_TARGET") or render(profile.get("target", "default"))
        output = _mapping(_rendered(_mapping(_mapping(profile["outputs"])[chosen]), render))
        _check({"threads": output.pop("threads", 1)}, {"threads": (int,)})
        engine = output.pop("type")
        if engine == "duckdb":
            return {"type": engine, **_duckdb(output)}
        if engine == "sqlserver":
            return {"type": engine, **_sqlserver(output)}
    except (
        _AskDbtError,
        OSError,
        LookupError,
        TypeError,
        ValueError,
        RecursionError,
        yaml.YAMLError,
        TemplateError,
    ):
        return None
    return None


def _duckdb(output: Mapping[str, Any]) -> dict[str, Any]:
    _check(output, _DUCKDB)
    place = urlparse(output["path"])  # as dbt-duckdb makes the database's name
    if (
        place.scheme in {"md", "motherduck", "ducklake"}
        # PurePath would leave out a slash at the end.
        or not os.path.basename(place.path).lstrip(".").split(".")[0]  # noqa: PTH119
    ):
        raise _AskDbtError
    options, retries = output.get("config_options") or {}, output.get("retries") or {}
    _check(options, dict.fromkeys(options, (str, int, float, bool)))
    _check(retries, _RETRIES)
    if any(type(name) is not str for name in [*options, *retries.get("retryable_exceptions", ())]):
        raise _AskDbtError
    if "retries" in output and output["retries"] is not None:
        output = {**output, "retries": _given(_RETRIES_DEFAULTS | retries)}
    return _given(output)


def _sqlserver(output: Mapping[str, Any]) -> dict[str, Any]:
    named = {_SQLSERVER_NAMES.get(name, name): setting for name, setting in output.items()}
    if len(named) != len(output):
        raise _AskDbtError  # the same thing twice
    _check(named, _SQLSERVER)
    if named.get("query_timeout", 0) < 0:
        raise _AskDbtError
    return _given(_SQLSERVER_DEFAULTS | named)


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: setting for name, setting in settings.items() if setting is not None}


def _check(settings: Mapping[str, Any], kinds: Mapping[str, Kinds]) -> None:
    """Accept what is known, of the type it is to have: dbt converts nothing, and neither does this."""
    for name, setting in settings.items():
        if type(setting) not in kinds[name]:
            raise _AskDbtError


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _mapping(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise _AskDbtError
    return dict(found)


def _rendered(found: Any, render: _Renderer) -> Any:
    """Return the settings with every text rendered; YAML's other types are what they are."""
    if isinstance(found, dict) and all(isinstance(name, str) for name in found):
        return {name: _rendered(setting, render) for name, setting in found.items()}
    if isinstance(found, list):
        return [_rendered(setting, render) for setting in found]
    if found is None or type(found) in {bool, int, float}:
        return found
    return render(found)


class _Text(str):
    """What `as_text` marks: it stays text."""

    __slots__ = ()


class _Native(str):
    """What `as_native` marks: it becomes what it would be in Python."""

    __slots__ = ()


class _Flag(_Native):
    __slots__ = ()


class _Number(_Native):
    __slots__ = ()


class _NativeSandbox(SandboxedEnvironment):
    """Jinja as dbt sets it up for profiles: nodes keep their types, and templates reach no internals."""

    code_generator_class = NativeCodeGenerator


class _Renderer:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._jinja = _NativeSandbox()
        self._jinja.filters.update(as_text=_Text, as_native=_Native, as_bool=_Flag, as_number=_Number)

    def __call__(self, text: Any) -> Any:
        """Return what a text of the profile says."""
        if not isinstance(text, str):
            raise _AskDbtError
        if find_undeclared_variables(self._jinja.parse(text)) - {"env_var"}:
            raise _AskDbtError  # something that only dbt has
        template = self._jinja.from_string(text)
        try:
            return _value(template.root_render_func(template.new_context({"env_var": self._env_var})))
        except Exception:  # noqa: BLE001 - a template can raise anything
            raise _AskDbtError from None

    def _env_var(self, var: str, default: Any = None) -> Any:
        if var.startswith(_DBTS_OWN) or (var not in self._environ and default is None):
            raise _AskDbtError
        return self._environ.get(var, default)


def _value(nodes: Iterable[Any]) -> Any:
    """Return a template's nodes as dbt joins them: one keeps its type, several become text."""
    rest = iter(nodes)
    head = list(islice(rest, 2))
    if len(head) != 1:
        return "".join(str(node) for node in chain(head, rest))
    node = head[0]
    if not isinstance(node, _Native):
        return str(node) if isinstance(node, _Text) else node
    try:
        found = literal_eval(node)
    except (ValueError, SyntaxError, MemoryError):
        found = str(node)
    is_number = type(found) in {int, float}
    if (isinstance(node, _Flag) and type(found) is not bool) or (isinstance(node, _Number) and not is_number):
        raise _AskDbtError
    return found
