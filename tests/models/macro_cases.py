"""What the macros on text, numbers and dates make of awkward values: the same on both engines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

CHAIN = 120  # longer than SQL Server's recursion goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A query of the relation `given`, which has the column `position` and those named here.

    Its result is one value for each row given, in the order of the rows.
    """

    name: str
    sql: str
    columns: dict[str, str]
    """Column -> the kind of its type (`test_macros.TYPES`)."""
    expected: tuple[tuple[Any, Any], ...]
    """(value given, value expected); given is a tuple where there are several columns."""
    is_json: bool = False
    """Whether the result is JSON, whose spelling is the engine's own: it is read before it is compared."""


def of_one(name: str, kind: str, expression: str, *pairs: tuple[Any, Any], is_json: bool = False) -> Case:
    """Make a case of an expression on one column, `value`."""
    sql = f"select {expression} as result from given order by position"
    return Case(name=name, sql=sql, columns={"value": kind}, expected=pairs, is_json=is_json)


def as_text_of_agresso(kind: str, *pairs: tuple[Any, Any]) -> Case:
    """Make a case of a column of Agresso's views."""
    sql = (
        "with source as (select * from given) select {{ text('value') }} as result from source"
        " {{ columns_as_text('source', ['value', 'other']) }} order by position"
    )
    rows = tuple(((value, "other"), text) for value, text in pairs)
    return Case(name=f"text of {kind}", sql=sql, columns={"value": kind, "other": "text"}, expected=rows)


def literals(*texts: str) -> Case:
    """Make a case of literals; what is given is a row for each of them, without any use."""
    branches = " ".join(
        f"when {position} then {{{{ text_literal({text!a}) }}}}" for position, text in enumerate(texts, 1)
    )
    sql = f"select case position {branches} end as result from given order by position"
    return Case(
        name="text_literal", sql=sql, columns={"value": "exact"}, expected=tuple((t, t) for t in texts)
    )


TEXT_CASES = (
    as_text_of_agresso("text",
        (" a ", "a"), ("a  b", "a  b"), ("", None), ("   ", None), (None, None),
        ("\u00a0x\u00a0", "\u00a0x\u00a0"), ("\u00a0", "\u00a0"), ("\tx", "\tx"), ("1e5", "1e5"),
        ("1.50", "1.50"),
        ("true", "true"), ("007", "007"), ("Zoë €😀", "Zoë €😀"), ('"\\/\n', '"\\/\n'),
        ("x" * 4000, "x" * 4000),
    ),
    as_text_of_agresso("padded", ("ab        ", "ab"), ("          ", None), (" ab       ", "ab"),
    (None, None)),
    as_text_of_agresso("integer", (0, "0"), (-5, "-5"), (100, "100"), (2**63 - 1, "9223372036854775807"),
    (None, None)),
    as_text_of_agresso("decimal",
        (Decimal("1.5"), "1.5"), (Decimal("100"), "100"), (Decimal("-0.25"), "-0.25"), (Decimal(0), "0"),
        (Decimal("10.0500"), "10.05"), (Decimal("12345678901234.5678"), "12345678901234.5678"), (None, None),
    ),
    as_text_of_agresso("float",
        (1.0, "1"), (0.0, "0"), (0.1, "0.1"), (-2.5, "-2.5"), (0.1 + 0.2, "0.3"), (123456.789, "123456.789"),
        (1e15, "1000000000000000"), (1e20, "100000000000000000000"), (1.5e-7, "0.00000015"), (4e-20, "0"),
        (2.0**53, "9007199254740992"), (None, None),
    ),
    as_text_of_agresso("date", (date(2024, 2, 29), "2024-02-29"), (date(1900, 1, 1), "1900-01-01"),
    (None, None)),
    as_text_of_agresso("instant",
        (datetime(2024, 2, 29, 13, 45, 10), "2024-02-29T13:45:10"),  # noqa: DTZ001
        (datetime(2024, 2, 29), "2024-02-29T00:00:00"),  # noqa: DTZ001
        (None, None),
    ),
    as_text_of_agresso("datetime",
        (datetime(2024, 2, 29, 13, 45, 10), "2024-02-29T13:45:10"),  # noqa: DTZ001
        (datetime(2099, 12, 31), "2099-12-31T00:00:00"),  # noqa: DTZ001
        (None, None),
    ),
    as_text_of_agresso("flag", (True, "true"), (False, "false"), (None, None)),
    of_one("trimmed", "exact", "{{ trimmed('value') }}",
        ("  a b  ", "a b"), ("", None), ("   ", None), (None, None), ("\u00a0", "\u00a0"),
        (" \u00a0a ", "\u00a0a"),
        ("\ta\n", "\ta\n"),
    ),
    literals(
        "plain", "L'Été", "''", 'it\'s "quoted"', "€", "😀", "back\\slash", "back\\\nslash", "two\nlines", "tab\t",
        "", "100%", "-- no comment", "/* none */", "?", "{{ braces }}", "\u00a0", "e\u0301",
    ),
    of_one("as_text of numbers", "integer", "{{ as_text('value') }}", (42, "42"), (-1, "-1"), (None, None)),
    of_one("as_text of text", "text", "{{ as_text('value') }}", ("Zoë €😀", "Zoë €😀"), ("", ""), (None, None)),
    Case(
        name="as_text compares exactly",
        sql="select {{ flag(as_text('a') ~ ' = ' ~ as_text('b')) }} as result from given order by position",
        columns={"a": "text", "b": "text"},
        expected=((("a", "a"), True), (("a", "A"), False), (("e", "é"), False), (("é", "e\u0301"), False)),
    ),
    Case(
        name="exact",
        sql="select {{ flag(\"(case when position > 0 then 'É' end \" ~ exact() ~ \") = b\") }} as result"
        " from given order by position",
        columns={"b": "text"},
        expected=(("É", True), ("é", False), ("E", False)),
    ),
    Case(
        name="is_different",
        sql="select {{ flag(is_different('a', 'b')) }} as result from given order by position",
        columns={"a": "exact", "b": "exact"},
        expected=(
            (("a", "a"), False), (("a", "A"), True), (("e", "é"), True), (("é", "e\u0301"), True),
            ((None, None), False),
            ((None, ""), True), ((None, "a"), True), (("a", None), True), (("", ""), False),
            (("ss", "ß"), True),
        ),
    ),
    of_one("begins_with_a_day", "exact", "{{ flag(begins_with_a_day('value')) }}",
        ("2024-02-29", True), ("2023-02-29", False), ("1900-02-29", False), ("2000-02-29", True),
        ("0000-01-01", False),
        ("0001-01-01", True), ("9999-12-31", True), ("2024-13-01", False), ("2024-04-31", False),
        ("20240101", False),
        ("2024-1-1", False), ("01-02-2024", False), ("2024-01-01T00:00:00", True),
        ("2024-01-01 and more", True),
        (" 2024-01-01", False), ("٢٠٢٤-01-01", False), ("", False), (None, False),
    ),
    of_one("night_of", "instant", "{{ night_of('value') }}",
        (datetime(2024, 3, 1, 11, 59, 59, 999999), date(2024, 2, 29)),  # noqa: DTZ001
        (datetime(2024, 3, 1, 12), date(2024, 3, 1)),  # noqa: DTZ001
        (datetime(2024, 3, 1), date(2024, 2, 29)),  # noqa: DTZ001
        (datetime(2025, 1, 1, 3), date(2024, 12, 31)),  # noqa: DTZ001
        (None, None),
    ),
    of_one("flag", "integer", "{{ flag('value > 1') }}", (2, True), (1, False), (None, False)),
    of_one("recursion", "integer", "{{ recursion_limit() }} + value", (0, 99)),
    Case(
        name="recursive",
        sql="with {{ recursive() }} chain as ("
        "select 0 as step union all select chain.step + 1 as step from chain"
        f" where chain.step < {CHAIN} and chain.step < {{{{ recursion_limit() }}}}"
        ") select max(step) as result from chain",
        columns={"value": "integer"},
        expected=((1, 99),),
    ),
)  # fmt: skip
