"""The impact of an edit as Markdown, for a comment on a pull request. Prints nothing itself.

Rows stand in a block of `diff`, where GitHub colours what comes and goes, and where no text of Agresso or N2F is
Markdown, HTML, or a mention of somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loader.impacted import Impact
from loader.render_impact import (
    details,
    findings,
    heading,
    no_difference,
    rejection_line,
    row_line,
    shown,
    warnings,
)

LONGEST = 50_000
"""Characters of rows: a comment on GitHub holds 65,536."""

_SIGNS = {"new": "+", "gone": "-", "both": "!"}  # green, red and orange
_LONGEST_LINE = 300


def impact(found: Impact) -> Iterator[str]:
    """Yield the lines: the counts as a table, then what differs."""
    yield "### What this changes in the plan"
    yield ""
    if warned := list(warnings(found)):
        yield from _block(warned)
        yield ""
    if found.is_none:
        yield no_difference(found)
    else:
        yield from _tables(found)
        yield from _block(_rows(found), language="diff")
    yield ""
    yield from _block(heading(found))


def _tables(found: Impact) -> Iterator[str]:
    yield "| scope | action | decision | before | now |"
    yield "| --- | --- | --- | ---: | ---: |"
    for count in found.counts:
        now = f"**{count.now}**" if count.now != count.before else str(count.now)
        yield f"| {_cell(count.scope)} | {count.action} | {count.decision} | {count.before} | {now} |"
    yield ""
    if fields := list(found.fields()):
        yield "| scope | field that differs | rows |"
        yield "| --- | --- | ---: |"
        for scope, field, number in fields:
            yield f"| {_cell(scope)} | {_cell(field)} | {number} |"
        yield ""


def _rows(found: Impact) -> Iterator[str]:
    """Yield the lines of the block, as many as a comment holds."""
    left = LONGEST
    cut = 0
    for line in _all_rows(found):
        left -= len(line[:_LONGEST_LINE]) + 1
        if left > 0:
            yield line
        else:
            cut += 1
    if cut:
        yield f"# {cut} more lines: `n2f-sync impact --rows` shows all of them"


def _all_rows(found: Impact) -> Iterator[str]:
    for line in findings(found):
        yield f"! {line}"
    rows, more_rows = shown(found.rows, has_all=False)
    for row in rows:
        yield f"{_SIGNS[row.presence]} {row_line(row)}"
        for line in details(row):
            yield f"       {line}"
    rejections, more_rejections = shown(found.rejections, has_all=False)
    for rejection in rejections:
        yield f"{_SIGNS[rejection.presence]} {rejection_line(rejection)}"
    if more_rows + more_rejections:
        yield f"# {more_rows + more_rejections} more rows: `n2f-sync impact --rows` shows all of them"


def _block(lines: Iterator[str] | list[str], *, language: str = "text") -> Iterator[str]:
    """Yield a fenced block; its fence is longer than any run of backticks in it."""
    plain = [_plain(line) for line in lines]
    longest = max((len(run) for line in plain for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield from plain
    yield fence


def _plain(line: str) -> str:
    """Return one printable line."""
    text = "".join(char if char.isprintable() else "\ufffd" for char in line)
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…"


def _cell(text: str) -> str:
    """Return a name of the project as a cell; names of scopes come from a seed that staff write."""
    return "`" + _plain(text).replace("`", "'").replace("|", "\\|") + "`"
