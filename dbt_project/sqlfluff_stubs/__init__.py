"""What the models and macros use of dbt while they are rendered, for sqlfluff's jinja templater.

sqlfluff brings ref, source, config and return of its own. Linting then needs neither a warehouse nor a
profile: macros are rendered as they are for the embedded engine, and the environment as if no variable
were set.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

ENGINE = "duckdb"


class Adapter:
    """Stands in for dbt's `adapter`."""

    @staticmethod
    @pass_context
    def dispatch(context: Context, macro_name: str, _package: str) -> Callable[..., Any]:
        """Return the engine's own version of a macro; it stands in the same file as the macro itself."""
        macro: Callable[..., Any] = context.resolve(f"{ENGINE}__{macro_name}")
        return macro


def env_var(_name: str, default: str = "") -> str:
    """Return the default of an environment variable."""
    return default


def relation(schema: str, identifier: str, database: str = "") -> str:
    """Return the name of a relation, without its database."""
    return f"{schema}.{identifier}" if database else identifier


adapter = Adapter()
api = SimpleNamespace(Relation=SimpleNamespace(create=relation))
target = SimpleNamespace(type=ENGINE, database="n2f")
