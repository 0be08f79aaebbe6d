"""How an explanation looks on a terminal. Prints nothing itself; the words for codes stand here, the reasons in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from rich import box
from rich.table import Table

from loader.explained import SHOWN_RESULTS, ExplainedEntity, ExplainedField, Explanation
from loader.shown import safe, shown_value

Renderable = str | Table

_DECISIONS = {
    "send": "to be sent",
    "off": "not sent: the action is off",
    "withheld": "withheld",
    "fail": "not sent: counts as failed",
    "skipped": "skipped, as long as what it depends on is not sent",
    "rejected": "rejected: nothing is sent for this key",
    "in_step": "nothing to do: in step",
    "left_alone": "left alone",
    "protected": "left alone: protected",
    "gone": "nothing to do: gone from Agresso, and not in N2F",
    "scoped_out": "not sent: out of the run's scoping",
    "not_chosen": "not planned: its scope was not chosen",
    "ignored": "ignored",
}
_REMEDIES = {
    ("off", None): "--{action} sends it in one run, N2F_SYNC_ACTIONS in every run.",
    ("withheld", "guard"): "if the number is right: --allow-mass-{action} lifts the guard for one run.",
    ("withheld", "source_empty"): "no option lifts this: see why Agresso's view has no rows.",
    (
        "withheld",
        "hold",
    ): "a row of n2f_sync.holds holds it; it ends at held_until, or when the row is deleted.",
    ("rejected", "possible_rename"): "two people, not one? Put the pair into the seed not_renames.",
    ("protected", None): "the seeds protected_roles and protected_mails say who is.",
    ("scoped_out", None): "N2F_SYNC_ONLY_COMPANIES and N2F_SYNC_ONLY_MAILS say what changes are limited to.",
    ("not_chosen", None): "--scope and N2F_SYNC_SCOPES choose.",
}
_NOT_COMPARED = {
    "not_carried": "N2F's list does not show it",
    "left_out": "the seed compared_fields leaves it out",
}


def explanation(found: Explanation) -> Iterator[Renderable]:
    """Yield the build that is told of, and each entity that has the key; or what may be meant."""
    if found.build is None:
        yield "Nothing has been compared yet: `n2f-sync plan` reads N2F and Agresso and sends nothing."
        return
    build = found.build
    yield safe(
        f"As of the build of {_instant(build['built_at'])} UTC"
        f" and the snapshot that ended at {_instant(build['completed_at'])} UTC"
    )
    yield safe(f"  snapshot {build['snapshot_id']} of {build['base_url']}")
    for reason in found.outdated:
        yield safe(f"  since overtaken: {reason['message']}; {reason['remedy']}")
    for entity in found.entities:
        yield from _entity(entity)
    if not found.entities:
        yield from _unknown(found)


def _unknown(found: Explanation) -> Iterator[str]:
    yield safe(f"\nNeither Agresso nor N2F has {found.key}.")
    if "@" not in found.key and "/" not in found.key:
        yield "  a key is a mail, or COMPANY/CODE"
    if found.near:
        yield safe(f"  meant perhaps: {', '.join(found.near)}")
    yield "  of N2F's axes only those that a scope names are read; rows without a mail stand in n2f_diff.rejected_rows"


def _entity(entity: ExplainedEntity) -> Iterator[Renderable]:
    standing = entity.standing
    yield safe(f"\n{standing['scope'] or 'no scope'}  {standing['entity_key'] or '(no key)'}")
    action = "" if standing["action"] == "none" else f"{standing['action']}, "
    decision = standing["decision"]
    yield safe(f"  Decision    {action}{_DECISIONS.get(decision, decision)}")
    yield from _why(entity)
    if entity.fields and (entity.agresso_rows or standing["is_in_n2f"]):
        yield from _fields(entity)
    yield from _request(entity)
    yield from _history(entity)


def _why(entity: ExplainedEntity) -> Iterator[str]:
    standing = entity.standing
    if standing["cause"]:
        yield safe(f"  Because     {standing['cause']}")
    reasons = [(row["reason"], row["detail"]) for row in entity.rejections]
    for reason, detail in dict.fromkeys(reasons or [(standing["reason"], standing["detail"])]):
        if reason or detail:
            yield safe(f"  Reason      {': '.join(part for part in (reason, detail) if part)}")
    if standing["hold_reason"] and standing["reason"] != "hold":
        yield safe(f"  Held too    {standing['hold_reason']} (n2f_sync.holds)")
    remedy = _REMEDIES.get((standing["decision"], standing["reason"]))
    if remedy is not None:
        yield safe(f"  To do       {remedy.format(action=standing['action'])}")
    for what, others in (("Waits for", entity.waits_for), ("Awaited by", entity.awaited_by)):
        for other in others:
            decision = _DECISIONS.get(other["decision"], other["decision"])
            yield safe(f"  {what:<11} {other['entity_key']} ({other['action']}, {decision})")


def _fields(entity: ExplainedEntity) -> Iterator[Renderable]:
    has_marks = any(_is_marked(field) for field in entity.fields)
    yield ""
    table = Table(
        title="Field by field" + (", * differs" if has_marks else ""),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("")
    table.add_column("field", no_wrap=True)
    headings = {"agresso": "Agresso says", "desired": "which becomes", "n2f": "N2F holds"}
    sides = [side for side in headings if any(getattr(field, side) for field in entity.fields)]
    for side in sides:
        table.add_column(headings[side], overflow="fold")
    for field in entity.fields:
        is_marked = _is_marked(field)
        cells = (_cell(field, side) for side in sides)
        table.add_row(
            "*" if is_marked else "", safe(field.field), *cells, style="bold" if is_marked else None
        )
    yield table
    yield from _rules(entity.fields)
    shown = {field.agresso_column for field in entity.fields}
    for number, row in enumerate(entity.agresso_rows, start=1):
        others = [
            f"{name} {_plain(value)}"
            for name, value in row.items()
            if value is not None and name not in shown
        ]
        if others:
            which = f" {number}" if len(entity.agresso_rows) > 1 else ""
            yield safe(f"  Else in Agresso's row{which}: {', '.join(others)}")


def _is_marked(field: ExplainedField) -> bool:
    """Return whether N2F differs, or the rows of one side among themselves, which is what rejects a key."""
    return field.is_changed or any(len(_distinct(side)) > 1 for side in (field.desired, field.n2f))


def _cell(field: ExplainedField, side: str) -> str:
    """Return the values of one side, one per line where they are several; a company with its code."""
    notes = {"desired": field.notes if field.field == "company" else (), "n2f": field.n2f_notes}.get(side, ())
    return safe(
        "\n".join([*_distinct(getattr(field, side)), *(f"({note})" for note in dict.fromkeys(notes))])
    )


def _distinct(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(_plain(value) for value in values))


def _plain(value: object) -> str:
    """Return a value as a table shows it: text without quotes, but for the empty one."""
    if value is None:
        return "-"
    return value if isinstance(value, str) and value else shown_value(value)


def _rules(fields: Iterable[ExplainedField]) -> Iterator[str]:
    """Yield what was done to Agresso's text, of the fields where it was not taken as it is."""
    for field in fields:
        remarks = [note for note in field.notes if field.field != "company"]
        if field.not_compared is not None:
            remarks.append(f"not compared: {_NOT_COMPARED.get(field.not_compared, field.not_compared)}")
        if field.rule is not None and field.desired and not _is_as_it_is(field):
            remarks.insert(0, f"from {field.agresso_column}, {field.rule}")
        if remarks:
            yield safe(f"  {field.field}: {'; '.join(remarks)}")


def _is_as_it_is(field: ExplainedField) -> bool:
    return {value or "" for value in field.agresso} == {str(value or "") for value in field.desired}


def _request(entity: ExplainedEntity) -> Iterator[str]:
    request = entity.request
    if request is None:
        return
    is_sent = entity.standing["decision"] == "send"
    yield safe(
        f"\nRequest {'number' if is_sent else 'that is not sent, number'} {request.sequence} of the plan:"
        f" {request.http_method} {request.path}"
    )
    if request.payload is not None:
        yield safe(f"  {json.dumps(request.payload, ensure_ascii=False)}")


def _history(entity: ExplainedEntity) -> Iterator[Renderable]:
    if entity.results:
        yield ""
        title = "In earlier runs" + (
            f", the last {SHOWN_RESULTS}" if len(entity.results) == SHOWN_RESULTS else ""
        )
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for heading in ("when (UTC)", "what", "became", "HTTP", "fields, or why not"):
            table.add_column(heading, overflow="fold")
        for row in entity.results:
            what = row["error"] or (row["changed_columns"] or "").replace(",", ", ")
            cells = (_instant(row["finished_at"]), row["action"], row["status"], row["http_status"], what)
            table.add_row(*(safe("" if cell is None else str(cell)) for cell in cells))
        yield table
    elif entity.standing["scope"]:
        yield "\nNo earlier run sent or withheld anything of it."
    for row in entity.remembered["failing"]:
        yield safe(f"  {row['action']} fails since {_instant(row['failed_since'])} UTC, in {_runs(row)}")
    for row in entity.remembered["rejected"]:
        yield safe(
            f"  rejected since {_instant(row['rejected_since'])} UTC, in {_runs(row)}: {row['reason']}"
        )
    for row in entity.remembered["flapping"]:
        yield safe(
            f"  {row['field']} flaps, each of the last three runs updated it:"
            f" {shown_value(row['old'])} → {shown_value(row['new'])}"
        )


def _runs(row: dict[str, Any]) -> str:
    count = row["run_count"]
    return (
        f"{count} run{'' if count == 1 else 's'} in a row that sent something"
        if count
        else "no run that was sent"
    )


def _instant(text: str) -> str:
    return text[:16].replace("T", " ")
