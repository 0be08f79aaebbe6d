"""docs/reference/commands.md, made of the command line's own tree of commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from loader import errors
from loader.cli import app
from loader.summary import GUARDED, IN_STEP, INCOMPLETE
from tools.markdown import GENERATED, paragraphs, table

PROGRAM = "n2f-sync"

MEANINGS = {
    IN_STEP: "in step",
    errors.SyncError.exit_code: "stopped by an error; one line says which and what to do",
    errors.UsageError.exit_code: "wrong usage",
    INCOMPLETE: "finished, but rows failed, were skipped or are left over (with `--strict`: or were rejected)",
    GUARDED: "a guard withheld something",
    errors.LockedError.exit_code: "another run is at work",
}
"""Exit codes (section 5 of the contract), each under the name that the code has for it."""

_INTRODUCTION = """\
`n2f-sync COMMAND --help` says the same. No command ever asks a question. Results go to stdout, progress and errors to
stderr. [commands.md](../commands.md) says what belongs together, [settings.md](settings.md) has the variables, which
options are stronger than."""

_ORDER = "Where several apply, [commands.md](../commands.md#exit-codes) says which it is."

_TREE = """\
`n2f-sync doctor` ends with 0 or 1 alone. The errors of the loader (`loader/errors.py`); `error.error` of `--json` is
the kind:"""


def commands() -> dict[str, Any]:
    """Return every command by what is typed, `n2f-sync` left out; groups are not commands."""
    return dict(_walk((), typer.main.get_command(app)))


def commands_page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _walk(path: tuple[str, ...], command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(path), command
        return
    for name, child in children.items():
        yield from _walk((*path, name), child)


def _lines() -> Iterator[str]:
    found = commands()
    yield from ("# Reference: commands", "", GENERATED, "", _INTRODUCTION, "")
    yield from table(
        ("command", "what it does"),
        (
            (f"[`{name}`](#{PROGRAM}-{name.replace(' ', '-')})", paragraphs(each.help)[0])
            for name, each in found.items()
        ),
    )
    for name, command in found.items():
        yield from _command(name, command)
    yield from ("", "## Exit codes", "", _ORDER, "")
    yield from table(("code", "meaning"), ((str(code), text) for code, text in sorted(MEANINGS.items())))
    yield from ("", _TREE, "")
    yield from table(("kind", "exit code", "what"), _errors())


def _command(name: str, command: Any) -> Iterator[str]:
    context = command.make_context(f"{PROGRAM} {name}", [], resilient_parsing=True)
    usage = " ".join([f"{PROGRAM} {name}", *command.collect_usage_pieces(context)])
    yield from ("", f"## {PROGRAM} {name}", "", f"`{usage}`")
    for paragraph in paragraphs(command.help):
        yield from ("", paragraph)
    parameters = [each for each in command.params if not getattr(each, "hidden", False)]
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    options = [each for each in parameters if each.param_type_name == "option"]
    if arguments:
        yield ""
        yield from table(("argument", "meaning"), (_argument(each) for each in arguments))
    if options:
        yield ""
        rows = [_option(each, context) for each in options]
        width = 3 if any(default for _, _, default in rows) else 2
        yield from table(("option", "meaning", "default")[:width], (row[:width] for row in rows))


def _argument(argument: Any) -> tuple[str, str]:
    return f"`{(argument.metavar or argument.name.upper()).strip('[]')}`", argument.help or ""


def _option(option: Any, context: Any) -> tuple[str, str, str]:
    shown = f"`{option.default}`" if option.default not in (None, False) else ""
    names = " ".join(option.get_help_record(context)[0].split())
    return f"`{names}`", (option.help or "").rstrip("."), shown


def _errors() -> Iterator[tuple[str, str, str]]:
    left: list[type[errors.SyncError]] = [errors.SyncError]
    while left:
        kind = left.pop(0)
        left += kind.__subclasses__()
        if kind.__module__ == errors.__name__:
            yield f"`{kind.code}`", str(kind.exit_code), paragraphs(kind.__doc__)[0]
