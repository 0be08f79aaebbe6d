"""Why a user or an axis value is what it is: Agresso's row, what the rules made of it, N2F's side, and the decision.

All of it is read from the models of the last build (`dbt_project/models/reporting`) and from the history in `n2f_sync`;
nothing is decided here, and nothing changed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from loader import explain_sql as sql
from loader.database import Database, Row, Warehouse
from loader.errors import UsageError
from loader.explained import SHOWN_RESULTS, ExplainedEntity, ExplainedField, Explanation, Members, Request
from loader.paths import encode_path
from loader.status import named

_NEAR = 5  # keys that may be meant where one is not known
_LIKENESS = 0.75
_BEGINNING = 3  # characters that a key may be meant by


def checked_key(text: str) -> str:
    """Return the key without the blanks around it; raises UsageError when nothing is left."""
    key = text.strip(" ")
    if not key:
        raise UsageError(
            "the key is empty",
            doing="reading the command line",
            remedy="Name a mail, or COMPANY/CODE; rows without a mail stand in n2f_diff.rejected_rows.",
        )
    return key


def explanation_of(database: Database, key: str) -> Explanation:
    """Return what the last build knows of a key; a database that is not there is not made.

    Raises:
        LockedError: a run is at work.
        DatabaseError: it cannot be opened.
    """
    if not database.exists():
        return Explanation(key=key)
    with database.connect() as warehouse:
        return read_explanation(warehouse, key)


def read_explanation(warehouse: Warehouse, key: str) -> Explanation:
    """Return what the last build knows of a key, a mail in any case or COMPANY/CODE as it is."""
    if not warehouse.has_table("n2f_diff", "explained_entities"):
        return Explanation(key=key)
    builds = _read(warehouse, sql.BUILD)
    if not builds:
        return Explanation(key=key)
    found = _read(warehouse, sql.ENTITIES, key, key)
    return Explanation(
        key=key,
        build=builds[0],
        outdated=tuple(_read(warehouse, sql.OUTDATED)),
        entities=tuple(_entity(warehouse, standing) for standing in found),
        near=() if found else _near(warehouse, key),
    )


def _entity(warehouse: Warehouse, standing: Members) -> ExplainedEntity:
    scope, key, company = (standing[name] for name in ("scope", "entity_key", "company_uuid"))
    for flag in ("is_in_agresso", "is_in_n2f"):
        standing[flag] = bool(standing[flag])
    values = _read(warehouse, sql.VALUES, scope, key, company)
    changes = _read(warehouse, sql.CHANGE, standing["sequence"]) if standing["sequence"] else []
    return ExplainedEntity(
        standing=standing,
        agresso_rows=_rows(value for value in values if value["side"] == "agresso"),
        fields=_fields(warehouse, standing, values),
        rejections=tuple(_read(warehouse, sql.REJECTIONS, scope, key)),
        request=_request(changes[0]) if changes else None,
        waits_for=tuple(_read(warehouse, sql.WAITS_FOR, scope, key)),
        awaited_by=tuple(_read(warehouse, sql.AWAITED_BY, scope, key)),
        results=tuple(_read(warehouse, sql.RESULTS, scope, key, SHOWN_RESULTS)),
        remembered={
            kind: _remembered(warehouse, query, scope, key) for kind, query in sql.REMEMBERED.items()
        },
    )


def _rows(values: Any) -> tuple[Members, ...]:
    """Return the rows of one side, each by the names of its columns."""
    rows: defaultdict[int, Members] = defaultdict(dict)
    for value in values:
        rows[value["place"]][value["name"]] = json.loads(value["value_json"])
    return tuple(rows[place] for place in sorted(rows))


def _fields(warehouse: Warehouse, standing: Members, values: Sequence[Members]) -> tuple[ExplainedField, ...]:
    """Return the fields of N2F in the order they are sent."""
    scope, company = standing["scope"], standing["company_uuid"]
    changed = (standing["changed_columns"] or "").split(",")
    left_out = {row["field"]: row["reason"] for row in _read(warehouse, sql.NOT_COMPARED, scope, company)}
    by_name: defaultdict[tuple[str, str], list[Members]] = defaultdict(list)
    for value in values:
        by_name[value["side"], value["name"]].append(value)

    def loaded(side: str, name: str | None) -> tuple[Any, ...]:
        return tuple(json.loads(value["value_json"]) for value in by_name.get((side, name or ""), ()))

    def notes(side: str, name: str) -> tuple[str, ...]:
        return tuple(value["note"] for value in by_name.get((side, name), ()) if value["note"])

    return tuple(
        ExplainedField(
            field=origin["field"],
            agresso_column=origin["agresso_column"],
            rule=origin["rule_in_words"],
            agresso=loaded("agresso", origin["agresso_column"]),
            desired=loaded("desired", origin["field"]),
            n2f=loaded("n2f", origin["field"]),
            notes=notes("desired", origin["field"]),
            n2f_notes=notes("n2f", origin["field"]),
            is_changed=origin["field"] in changed,
            not_compared=left_out.get(origin["field"]),
        )
        for origin in _read(warehouse, sql.ORIGINS, scope)
    )


def _request(change: Members) -> Request:
    path = encode_path(change["path_template"], json.loads(change["path_params_json"]))
    payload, previous = (
        json.loads(change[name]) if change[name] else None for name in ("payload_json", "previous_json")
    )
    return Request(
        sequence=change["sequence"],
        http_method=change["http_method"],
        path=path,
        payload=payload,
        previous=previous,
    )


def _remembered(warehouse: Warehouse, query: sql.Query, scope: str, key: str) -> tuple[Members, ...]:
    rows = _read(warehouse, query, scope, key)
    for row in rows:
        for side in ("old", "new"):
            if f"{side}_json" in row:
                row[side] = json.loads(row.pop(f"{side}_json"))
    return tuple(rows)


def _near(warehouse: Warehouse, key: str) -> tuple[str, ...]:
    """Return known keys that are much like this one: they begin like it, or are its code in another company."""
    code = key[key.rindex("/") :] if "/" in key else key
    parameters = (_BEGINNING, key[:_BEGINNING], len(code), code)
    spelled: dict[str, str] = {}
    for (known,) in warehouse.rows(sql.NEAR, parameters):
        spelled.setdefault(known.lower(), known)
    alike = get_close_matches(key.lower(), spelled, n=_NEAR, cutoff=_LIKENESS)
    return tuple(spelled[known] for known in alike)


def _read(warehouse: Warehouse, query: sql.Query, *parameters: object) -> list[Members]:
    rows: list[Row] = warehouse.rows(query.sql, parameters)
    return [named(query.columns, row) for row in rows]
