"""Hypothesis strategies for companies, axes and the axis values of both sides."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from . import pools
from .builders import (
    COMPANIES,
    MISSING,
    axis_uuid,
    uuid,
    value_doc,
    value_row,
    without_missing,
)
from .strategies_users import sometimes
from .world import Document, Row

DATES = (None, date(1900, 1, 1), date(2099, 12, 31), date(2024, 2, 29), date(2025, 6, 30))


def _axis_in(axes: list[Document], typ: str) -> str | None:
    """Give the axis of a company on which a typ's values stand, if it has one (the first, if several)."""
    if typ == "PROJECT":
        return "projects"
    french = (axis["uuid"] for axis in axes if axis["names"][-1]["value"].strip(" ").lower() == typ.lower())
    return next(french, None)


@st.composite
def _value_row(draw: DrawFn, typ: object, client: object, code: object, days: tuple[object, ...]) -> Row:
    """Draw a row: the default one with some columns changed."""
    columns: dict[str, object] = {}
    for column, values in {
        "description": pools.DESCRIPTIONS,
        "status": pools.STATUSES,
        "date_from": days,
        "date_to": days,
    }.items():
        if draw(sometimes(st.just(True), False, one_in=3)):
            columns[column] = draw(st.sampled_from(values))
    return value_row(typ, client, code, **columns)


@st.composite
def _value_doc(draw: DrawFn, code: str, hidden: frozenset[str]) -> Document:
    """Draw a document: in step with the default row, with some fields changed."""
    fields: dict[str, Any] = {}
    if draw(sometimes(st.just(True), False, one_in=3)):
        fields["names"] = draw(st.sampled_from(pools.N2F_NAMES))
    for name in ("validityDateFrom", "validityDateTo"):
        if draw(sometimes(st.just(True), False, one_in=3)):
            fields[name] = draw(st.sampled_from(pools.N2F_DATES))
    return without_missing(value_doc(code) | fields | dict.fromkeys(hidden, MISSING))


@st.composite
def _noise_row(draw: DrawFn, codes: list[Any], days: tuple[object, ...]) -> Row:
    """Draw a row whose typ, company and code may all be wrong."""
    typ, client = draw(st.sampled_from(pools.TYPS)), draw(st.sampled_from(pools.CLIENTS))
    return draw(_value_row(typ, client, draw(st.sampled_from((*codes, None))), days))


@st.composite
def analytics(
    draw: DrawFn, axes: dict[str, list[Document]], kinds: dict[str, bool]
) -> tuple[list[Row], dict[str, dict[str, list[Document]]]]:
    """Draw both sides' axis values: few codes on one to three lists, then rows and documents that disturb."""
    is_numeric = draw(sometimes(st.just(True), False))
    numbers = st.lists(st.sampled_from((7, 8)), min_size=1, unique=True)
    texts = st.lists(st.sampled_from(pools.CODES), min_size=1, max_size=3, unique=True)
    codes: list[Any] = draw(numbers if is_numeric else texts)
    days = DATES if draw(sometimes(st.just(True), False, one_in=4)) else pools.DATE_TEXTS
    places = st.tuples(st.sampled_from(pools.PLANNED_TYPS), st.sampled_from(COMPANIES))
    rows: list[Row] = []
    values: dict[str, dict[str, list[Document]]] = {
        uuid(company): {"projects": [], **{axis["uuid"]: [] for axis in axes[uuid(company)]}}
        for company in COMPANIES
    }
    for typ, company in draw(st.lists(places, min_size=1, max_size=3, unique=True)):
        axis = _axis_in(axes[uuid(company)], typ)
        hidden = frozenset(
            draw(sometimes(st.sampled_from((("validityDateFrom",), ("names",))), (), one_in=10))
        )
        for code in codes:
            sides = draw(st.sampled_from(("both", "both", "both", "agresso", "n2f", "n2f", "none")))
            if sides in {"both", "agresso"}:
                padded = code if is_numeric else draw(st.sampled_from((code, code, f" {code}")))
                rows.append(
                    draw(_value_row(draw(st.sampled_from((typ, typ.lower()))), company, padded, days))
                )
            if sides in {"both", "n2f"} and axis is not None:
                spelling = draw(st.sampled_from((str(code), str(code), f"{code} ")))
                documents = values[uuid(company)][axis]
                documents.append(
                    draw(_value_doc(spelling, hidden if kinds["hidden_fields"] else frozenset()))
                )
    rows += draw(st.lists(_noise_row(codes, days), max_size=2))
    if rows and draw(sometimes(st.just(True), False, one_in=4)):
        rows.append(draw(st.sampled_from(rows)) | {"description": draw(st.sampled_from(pools.DESCRIPTIONS))})
    for typ in pools.PLANNED_TYPS:  # seldom is a source empty
        if draw(sometimes(st.just(False), True, one_in=7)):
            rows.append(value_row(typ, draw(st.sampled_from(("BE", "FR"))), codes[0], status="C"))
    _disturb(draw, [listed for lists in values.values() for listed in lists.values() if listed], kinds)
    return draw(st.permutations(rows)), values


def _disturb(draw: DrawFn, lists: list[list[Document]], kinds: dict[str, bool]) -> None:
    """Add to a list a value that is listed twice (same code), or one that shares a key (padded code)."""
    for kind, is_same in (("listed_twice", True), ("shared_keys", False)):
        if lists and kinds[kind] and draw(sometimes(st.just(True), False, one_in=6)):
            listed = draw(st.sampled_from(lists))
            one = draw(st.sampled_from(listed))
            listed.append(
                one | ({"validityDateTo": "2024-02-29"} if is_same else {"code": f" {one['code']}"})
            )


@st.composite
def axes_of_companies(draw: DrawFn) -> dict[str, list[Document]]:
    """Draw the custom axes of each company: there, missing, doubled, listed twice."""
    axes = {}
    for company in COMPANIES:
        french = draw(st.sampled_from(pools.AXIS_NAMES))
        listed: list[Document] = [
            {"uuid": axis_uuid(company, f"{place}{name}"), "names": [{"culture": "en", "value": "plaque"},
                                                                      {"culture": "FR", "value": name}]}
            for place, name in enumerate(french)
        ]  # fmt: skip
        if listed and draw(sometimes(st.just(True), False)):
            listed.append(dict(listed[0]))
        axes[uuid(company)] = listed
    return axes


def companies() -> SearchStrategy[list[Document]]:
    """Three companies; at times one with a padded code, one listed twice, or two with one code."""
    usual = [{"uuid": uuid(code), "code": code, "name": code} for code in COMPANIES]
    padded = [company | {"code": f" {company['code']} "} for company in usual]
    twice = [usual[0] | {"code": "OLD"}, *usual]
    doubled = [*usual[:2], usual[2] | {"code": "BE"}]
    return st.sampled_from((usual, usual, usual, padded, twice, doubled))
