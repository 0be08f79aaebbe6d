"""The messages that SQL writes: what blocks a plan, the guards, the reasons of rows, and what macros raise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from loader.runs import STATUSES

_HOLE = "…"
_BLOCKER = re.compile(r"(?s)as check_name,\s*(.*?) as message,")
_CONCAT = re.compile(r"(?s)\bconcat\((.*?)\)\s*(?:as message|when|end)")
_RAISED = re.compile(r"raise_compiler_error\((.*)\)\s*-?(?:%|})}")
_RAISED_PART = re.compile(r'"([^"]*)"|([^"~]*[^"~\s][^"~]*)')


def sql_messages(root: Path) -> dict[str, set[str]]:
    """Return the messages of the dbt project below `root` by where they appear."""
    diff = root / "dbt_project" / "models" / "diff"
    models = {
        each["name"]: each
        for each in yaml.safe_load((diff / "_diff__models.yml").read_text("utf-8"))["models"]
    }
    return {
        "blockers": set(_blockers((diff / "plan_blockers.sql").read_text("utf-8"))),
        "guards": {
            _concat(found[1]) for found in _CONCAT.finditer((diff / "push_safety.sql").read_text("utf-8"))
        },
        "reasons": {
            *_values(models["rejected_rows"], "reason"),
            *_values(models["push_changes"], "decision_reason"),
        },
        "statuses": set(STATUSES),
        "raised": set(_raised(root / "dbt_project" / "macros")),
    }


def _blockers(text: str) -> Iterator[str]:
    for found in _BLOCKER.finditer(text):
        expression = found[1].strip()
        inside = re.fullmatch(r"(?s)concat\((.*)\)", expression)
        yield _concat(inside[1]) if inside else _concat(expression.partition("{{")[0])


def _concat(arguments: str) -> str:
    """Return the pattern of the arguments of `concat`."""
    depth, arguments_out, current, is_quoted = 0, [], "", False
    for char in arguments:
        is_quoted ^= char == "'"
        depth += 0 if is_quoted else (char == "(") - (char == ")")
        if char == "," and depth == 0 and not is_quoted:
            arguments_out.append(current)
            current = ""
        else:
            current += char
    parts = [each.strip() for each in [*arguments_out, current]]
    return "".join(part[1:-1].replace("''", "'") if part.startswith("'") else _HOLE for part in parts)


def _values(model: dict[str, Any], column: str) -> Iterator[str]:
    """Yield the values that a data test of a model lets a column have."""
    for test in [
        *model.get("data_tests", []),
        *(each for col in model["columns"] for each in col.get("data_tests", [])),
    ]:
        accepted = test.get("accepted_values") if isinstance(test, dict) else None
        if accepted and accepted["arguments"].get("column_name") == column:
            yield from accepted["arguments"]["values"]


def _raised(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.sql")):
        for found in _RAISED.finditer(path.read_text("utf-8")):
            parts = [text if text else _HOLE for text, _ in _RAISED_PART.findall(found[1])]
            yield "".join(parts)
