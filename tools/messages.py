"""Every message that a person on call may read, found in the code: for the runbook's tables, which a test compares.

A message is a pattern: what is filled in is `…`. Python is parsed, never run; texts that reach an error through a
variable, a parameter or a condition are followed to where they are written.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.message_texts import HOLE, Code, Texts
from tools.messages_sql import sql_messages

ROOT = Path(__file__).resolve().parents[1]

_LOGGED = ("warning", "error")
_RENDERED = "render_"
_ANSWERS = frozenset({"render_explain"})
"""Modules of that name whose sentences answer a question, and ask nobody to do anything."""

_REASONS_TO_STOP = (("stop", "reason"), ("selection", "reason"))
"""Functions whose texts end as the reason why a push stopped."""

_NEED = "need"
"""What `needs.py` calls for each thing that needs a person; its text is the second argument."""

_INVALID_ANSWERS = "answers"
"""Its ValueErrors are what N2F's answers lack; they follow "N2F answered …: "."""


_WORD = re.compile(r"\w+")
_SENTENCE = 3
"""Words from which on a line of a summary is told of; shorter ones are parts of tables."""


def messages(root: Path = ROOT) -> dict[str, set[str]]:
    """Return the messages by where they appear: errors, rows, doctor, log, summary, and those of SQL."""
    code = Code.read(sorted((root / "loader").glob("*.py")))
    texts = Texts(code)
    found = {
        "errors": set(_errors(code, texts)),
        "rows": set(_rows(code, texts)),
        "doctor": set(_doctor(code, texts)),
        "log": set(_log(code)),
        "summary": set(_summary(code, texts)),
        **sql_messages(root),
    }
    return {
        kind: {text for text in found_there if text.strip(f"{HOLE} :")} for kind, found_there in found.items()
    }


def _errors(code: Code, texts: Texts) -> Iterator[str]:
    """Yield what each error of the loader says."""
    kinds = code.subclasses("SyncError")
    for node in code.calls:
        if node.args and texts.names(node.func, node) & kinds:
            yield from texts.of(node.args[0], node)
    for node in code.calls:
        if code.module_of(node) == _INVALID_ANSWERS and texts.names(node.func, node) == {"ValueError"}:
            yield from (f"N2F answered {HOLE}: {text}" for text in texts.of(node.args[0], node))


def _rows(code: Code, texts: Texts) -> Iterator[str]:
    """Yield what results say of rows that were not sent as planned, and why a push stopped."""
    for node in code.calls:
        if texts.names(node.func, node) & {"Result"}:
            for keyword in node.keywords:
                if keyword.arg == "error":
                    yield from texts.of(keyword.value, node)
    for module, function in _REASONS_TO_STOP:
        for returned in code.returns(module, function):
            yield from texts.of(returned, returned)


def _doctor(code: Code, texts: Texts) -> Iterator[str]:
    """Yield the problems and warnings that are the doctor's own; others are errors."""
    for node in code.calls:
        if texts.names(node.func, node) & {"problem", "warning"} and len(node.args) > 1:
            yield from texts.of(node.args[1], node)


def _log(code: Code) -> Iterator[str]:
    """Yield the log lines of a level that is shown in any case and tells of something wrong."""
    for node in code.calls:
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in _LOGGED and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield Texts.percent(text.value)


def _summary(code: Code, texts: Texts) -> Iterator[str]:
    """Yield the lines of summaries and of `status` that are sentences."""
    modules = [name for name in code.modules if name.startswith(_RENDERED) and name not in _ANSWERS]
    for call in code.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == _NEED and len(call.args) > 1:
            yield from texts.of(call.args[1], call)
    for shown in code.yields(modules):
        for text in texts.of(shown, shown):
            yield from (line.strip() for line in text.splitlines() if len(_WORD.findall(line)) >= _SENTENCE)


if __name__ == "__main__":
    for area, told in messages().items():
        for each in sorted(told):
            print(f"{area}: {each}")  # noqa: T201 - for whoever writes the runbook
