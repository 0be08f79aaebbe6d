"""Axis values: rejections and changes of one scope (contract, section 3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .decisions import decide_all, value_is_in_scoping
from .lookups import Companies, Company, Fault, culture_name, find_axis, is_carried, once
from .model import VALUE_FIELDS, Change, Planned, Rejection
from .values import BadDateError, agresso_day, n2f_day, text
from .world import AxisScope, Document, Row, World

CULTURES = ("fr", "nl")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """An open row of Agresso after the rules.

    `company_code` is Agresso's own where the company is not found. `days` are the first and last day, None
    where one of them is no date.
    """

    company: Company | Fault
    company_code: str
    axis: str | Fault
    code: str
    description: str
    days: tuple[str, str] | None

    @property
    def entity_key(self) -> str:
        """An axis value's is COMPANY_CODE/CODE."""
        return f"{self.company_code}/{self.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class N2FValue:
    """A value of N2F; the code as N2F spells it stands in the document."""

    document: Document
    company: Company
    axis: str
    code: str

    @property
    def entity_key(self) -> str:
        """An axis value's is COMPANY_CODE/CODE."""
        return f"{self.company.code}/{self.code}"


def is_of(row: Row, scope: AxisScope) -> bool:
    """Name and typ in any case; "A typ that no scope names is ignored"."""
    return text(row.get("typ")).lower() == text(scope.typ).lower()


def is_gone(row: Row) -> bool:
    """A row whose `status` is neither empty nor `N`, in any case, is gone."""
    return text(row.get("status")).lower() not in {"", "n"}


def read_row(world: World, companies: Companies, scope: AxisScope, row: Row) -> ValueRow:
    """Map one open row of iris_N2F_Analytics."""
    client = text(row.get("client"))
    company = companies.find(client)
    try:
        days = (agresso_day(row.get("date_from")), agresso_day(row.get("date_to")))
    except BadDateError:
        days = None
    return ValueRow(
        company=company,
        company_code=company.code if isinstance(company, Company) else client,
        axis=find_axis(world, company, scope) if isinstance(company, Company) else company,
        code=text(row.get("code")),
        description=text(row.get("description")),
        days=days,
    )


def repeated_differently(rows: list[ValueRow]) -> set[tuple[str, str]]:
    """An axis key that stands twice with different values; the key is company, axis and code."""
    said: dict[tuple[str, str], set[tuple[str, tuple[str, str] | None]]] = {}
    for row in rows:
        if isinstance(row.company, Company):
            said.setdefault((row.company.uuid, row.code), set()).add((row.description, row.days))
    return {key for key, different in said.items() if len(different) > 1}


def first_fault(row: ValueRow, repeated: set[tuple[str, str]], shared: set[tuple[str, str]]) -> str:
    """Give the first reason for which a row is rejected, '' if none."""
    if isinstance(row.company, Fault):
        return f"{row.company.kind}_company"
    if isinstance(row.axis, Fault):
        return f"{row.axis.kind}_axis"
    if not row.code:
        return "empty_code"
    if row.days is None:
        return "bad_date"
    key = (row.company.uuid, row.code)
    if key in repeated:
        return "duplicate_code"
    return "shared_key" if key in shared else ""


def read_values(world: World, companies: Companies, scope: AxisScope) -> list[N2FValue]:
    """Read what N2F holds on the scope's axis, each value once; "Axes that no scope names are left"."""
    values = []
    for company in companies.all:
        axis = find_axis(world, company, scope)
        if isinstance(axis, Fault):
            continue
        documents = world.n2f.get("axis_values", {}).get(company.uuid, {}).get(axis, [])
        values += [
            N2FValue(document=document, company=company, axis=axis, code=text(document.get("code")))
            for document in once(documents, "code")
        ]
    return values


def n2f_date(day: str) -> str | None:
    """Dates are sent as YYYY-MM-DDT00:00:00Z or null."""
    return f"{day}T00:00:00Z" if day else None


def changed_fields(world: World, value: N2FValue, row: ValueRow) -> frozenset[str]:
    """Compare one value: "only those two cultures are compared, in any order. Dates compare by day"."""
    document = value.document
    listed = world.n2f["axis_values"][value.company.uuid][value.axis]
    days = row.days or ("", "")
    current: dict[str, object] = {
        "names": [culture_name(document.get("names"), culture) for culture in CULTURES],
        "validityDateFrom": n2f_day(document.get("validityDateFrom")),
        "validityDateTo": n2f_day(document.get("validityDateTo")),
    }
    desired: dict[str, object] = {
        "names": [row.description, row.description],
        "validityDateFrom": days[0],
        "validityDateTo": days[1],
    }
    return frozenset(
        name
        for name in desired
        if desired[name] != current[name]
        and ("axis_values", name) not in world.seeds.not_compared
        and is_carried(listed, name)
    )


def change_of(world: World, scope: AxisScope, row: ValueRow, value: N2FValue | None) -> Change | None:
    """Give the create or the update of a row, None when N2F says the same already."""
    assert isinstance(row.company, Company)
    assert isinstance(row.axis, str)
    assert row.days is not None
    changed = frozenset(VALUE_FIELDS) if value is None else changed_fields(world, value, row)
    if not changed:
        return None
    payload: dict[str, Any] = {
        "code": row.code if value is None else value.document["code"],
        "names": [{"culture": culture, "value": row.description} for culture in CULTURES],
        "validityDateFrom": n2f_date(row.days[0]),
        "validityDateTo": n2f_date(row.days[1]),
    }
    previous = None if value is None else {name: value.document.get(name) for name in VALUE_FIELDS}
    return Change(
        scope=scope.scope,
        action="create" if value is None else "update",
        entity_key=row.entity_key,
        path=("companies", row.company.uuid, "axes", row.axis),
        payload=payload,
        previous=previous,
        changed_columns=changed,
    )


def delete_of(scope: AxisScope, value: N2FValue) -> Change:
    """Give the delete of a value, named as N2F spells the code."""
    return Change(
        scope=scope.scope,
        action="delete",
        entity_key=value.entity_key,
        path=("companies", value.company.uuid, "axes", value.axis, value.document["code"]),
        payload=None,
        previous={name: value.document.get(name) for name in VALUE_FIELDS},
        changed_columns=frozenset(),
    )


def plan_axis(world: World, scope: AxisScope) -> Planned:
    """Apply all rules about the values of one scope."""
    companies = Companies(world)
    of_typ = [row for row in world.agresso_analytics if is_of(row, scope)]
    named = {
        found.uuid for row in of_typ if isinstance(found := companies.find(text(row.get("client"))), Company)
    }
    rows = [read_row(world, companies, scope, row) for row in of_typ if not is_gone(row)]
    values = read_values(world, companies, scope)
    in_n2f = {(value.company.uuid, value.code): value for value in values}
    in_agresso = {(row.company.uuid, row.code) for row in rows if isinstance(row.company, Company)}
    shared = {
        key
        for key, count in Counter((value.company.uuid, value.code) for value in values).items()
        if count > 1
    }

    planned = Planned()
    rejected: set[Rejection] = planned.rejected
    repeated = repeated_differently(rows)
    changes: dict[str, Change] = {}
    for row in rows:
        reason = first_fault(row, repeated, shared)
        if reason:
            rejected.add((scope.scope, row.entity_key, reason))
            continue
        assert isinstance(row.company, Company)
        change = change_of(world, scope, row, in_n2f.get((row.company.uuid, row.code)))
        if change and value_is_in_scoping(world, row.company_code):
            changes[change.entity_key] = change

    for value in values:
        key = (value.company.uuid, value.code)
        if not value.code:
            rejected.add((scope.scope, value.entity_key, "unsendable_code"))
        elif key in shared:
            rejected.add((scope.scope, value.entity_key, "shared_key"))
        elif key not in in_agresso and value.company.uuid in named:
            if value.document["code"].strip(" ") in {".", ".."}:
                rejected.add((scope.scope, value.entity_key, "unsendable_code"))
            elif value_is_in_scoping(world, value.company.code):
                changes[value.entity_key] = delete_of(scope, value)

    n2f_count = sum(value_is_in_scoping(world, value.company.code) for value in values)
    planned.changes, planned.guards = decide_all(
        world, scope.scope, list(changes.values()), source_rows=len(of_typ), n2f_count=n2f_count
    )
    for value in values:
        listed = world.n2f["axis_values"][value.company.uuid][value.axis]
        planned.not_compared |= {
            (scope.scope, value.company.code, value.axis, name)
            for name in VALUE_FIELDS
            if name != "code" and not is_carried(listed, name)
        }
    return planned
