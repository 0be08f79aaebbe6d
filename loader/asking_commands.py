"""The commands that ask and change nothing: how things stand, why something is as it is, what a run would lack."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from loader import options
from loader.errors import UsageError
from loader.shown import safe
from loader.terminal import open_terminal

if TYPE_CHECKING:
    from rich.table import Table

    from loader.database import Database
    from loader.explained import Explanation
    from loader.impacted import Impact
    from loader.progress import Progress
    from loader.status import Status

_Answer = TypeVar("_Answer", "Status", "Explanation")


def status(*, as_json: options.Json = False) -> None:
    """Show the last runs, and what is open."""
    from loader import render_status
    from loader.status import status_of

    _ask(as_json, status_of, render_status.status)


def explain(key: options.Key, *, as_json: options.Json = False) -> None:
    """Say why a user or an axis value is created, updated, deleted, held back or left alone, as of the last build."""
    from loader import render_explain
    from loader.explain import checked_key, explanation_of

    asked = checked_key(key)
    _ask(as_json, lambda database: explanation_of(database, asked), render_explain.explanation)


def report(
    *,
    run_id: options.RunId = None,
    output: options.Output = None,
    as_csv: options.Csv = False,
    as_json: options.Json = False,
) -> None:
    """Write one run as a page to look at, or its results as a CSV file; it holds personal data."""
    from loader.report_files import refuse_contradictions, write_csv, write_page

    refuse_contradictions(as_json=as_json, as_csv=as_csv, output=output)
    terminal = open_terminal(as_json=as_json)
    with terminal.progress() as progress:
        database = options.workplace(progress, {}).database
        if as_json:
            from loader.report import report_of

            found = report_of(database, run_id)
        else:
            written = (write_csv if as_csv else write_page)(database, run_id, output)
    if as_json:
        terminal.show_json(found.to_json())
    else:
        terminal.show([safe(written.describe())])


def doctor(*, as_json: options.Json = False) -> None:
    """Check all that a run needs, and say what to do; changes nothing. Exit code 1: something is to be done."""
    from loader.doctor import run_doctor

    raise typer.Exit(run_doctor(open_terminal(as_json=as_json), options.root_folder()))


def impact(
    *,
    against: options.Against,
    scope: options.Scopes = None,
    create: options.Create = None,
    update: options.Update = None,
    delete: options.Delete = None,
    sample: options.Sample = False,
    rows: options.AllRows = False,
    as_markdown: options.Markdown = False,
    as_json: options.Json = False,
) -> None:
    """Show what the models as they stand would change in tonight's plan, against those of another git revision."""
    from loader import impact_markdown, render_impact

    if as_markdown and as_json:
        raise UsageError(
            "--markdown and --json are two formats of one answer",
            doing="reading the command line",
            remedy="Ask for one of them.",
        )
    terminal = open_terminal(as_json=as_json or as_markdown)
    chosen = {"scopes": scope or (), "create": create, "update": update, "delete": delete}
    with terminal.progress() as progress:
        found = _impact(progress, chosen, against, is_sample=sample)
    if as_json:
        terminal.show_json(
            found.to_json(),
            rows=(row.to_json() for row in found.rows),
            rejected_rows=(row.to_json() for row in found.rejections),
        )
    elif as_markdown:
        terminal.show_text(impact_markdown.impact(found))
    else:
        terminal.show(render_impact.impact(found, has_all=rows))


def _impact(progress: Progress, chosen: dict[str, Any], against: str, *, is_sample: bool) -> Impact:
    """Compare on the site, or on one that is made of the sample data and gone afterwards."""
    from loader.impact import impact_of
    from loader.revision import find_revision

    if not is_sample:
        return impact_of(options.workplace(progress, chosen), against)
    from loader.sample import sample_site

    root = options.root_folder()
    find_revision(root, against)  # a revision that is not there is told before anything is made
    with sample_site(root, options.sample_settings(chosen), progress) as place:
        return impact_of(place, against)


def _ask(
    as_json: bool, question: Callable[[Database], _Answer], shown: Callable[[_Answer], Iterable[str | Table]]
) -> None:
    """Show what the database answers, without the lock of a run."""
    terminal = open_terminal(as_json=as_json)
    with terminal.progress():
        answer = question(options.database())
    if as_json:
        terminal.show_json(answer.to_json())
    else:
        terminal.show(shown(answer))
