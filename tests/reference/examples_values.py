"""Examples: axis values: names, dates, status."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .builders import MISSING, axis_uuid, n2f, names, uuid, value_doc, value_row
from .example import Example, create, delete, update
from .world import World

P = "projects"
BE_PLAQUE = axis_uuid("BE", "plaque")
BOTH_NAMES = [{"culture": "fr", "value": "D"}, {"culture": "nl", "value": "D"}]


def _rejected(*pairs: tuple[str, str], scope: str = P) -> frozenset[tuple[str, str, str]]:
    return frozenset((scope, key, reason) for key, reason in pairs)


def _axes(**named: list[str]) -> dict[str, list[dict[str, object]]]:
    """Axes of companies by code, each with a French name."""
    return {
        uuid(code): [
            {"uuid": f"{code}{place}==", "names": names(name, en="x")} for place, name in enumerate(axes)
        ]
        for code, axes in named.items()
    }


VALUE_EXAMPLES = [
    Example(
        name="a project is created with both names and no dates",
        world=World(agresso_analytics=[value_row("project", "BE", "P1 ", description=" D ")], n2f=n2f()),
        changes=(
            create(
                "BE/P1",
                P,
                path=("companies", uuid("BE"), "axes", "projects"),
                payload={"code": "P1", "names": BOTH_NAMES, "validityDateFrom": None, "validityDateTo": None},
                result="succeeded",
            ),
        ),
        exit_code=0,
    ),
    Example(
        name="numbers read as plain decimals",
        world=World(
            agresso_analytics=[value_row("PROJECT", Decimal(10), Decimal("100.50"), description=7.0)],
            n2f=n2f(
                companies=[{"uuid": uuid("BE"), "code": "10", "name": "Ten"}],
                values={("BE", P): [value_doc("100.5", "7")]},
            ),
        ),
    ),
    Example(
        name="updates and deletes name the code as N2F spells it",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", "1", description="New")],
            n2f=n2f(values={("BE", P): [value_doc("1  "), value_doc(" 2")]}),
        ),
        changes=(
            update("BE/1", "names", scope=P, payload={"code": "1  "}),
            delete("BE/2", P, path=("companies", uuid("BE"), "axes", "projects", " 2")),
        ),
    ),
    Example(
        name="the order of names, another culture, padding and a culture's case are no change",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", "1"), value_row("PROJECT", "BE", "2")],
            n2f=n2f(
                values={
                    ("BE", P): [
                        value_doc("1", names=names(en="x", nl=" D ", fr="D")[::-1]),
                        value_doc("2", names=[{"culture": c, "value": "D"} for c in ("FR", " Nl")]),
                    ]
                }
            ),
        ),
    ),
    Example(
        name="a name missing, null or different in one culture is a change",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", str(n)) for n in range(4)],
            n2f=n2f(
                values={
                    ("BE", P): [
                        value_doc("0", names=None),
                        value_doc("1", names=names("D")),
                        value_doc("2", names=names("D", "d")),
                        value_doc("3", names=MISSING),
                    ]
                }
            ),
        ),
        changes=tuple(update(f"BE/{n}", "names", scope=P, payload={"names": BOTH_NAMES}) for n in range(4)),
    ),
    Example(
        name="an empty description is sent as empty strings, and is a name that N2F lacks",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", code, description=" ") for code in ("1", "2")],
            n2f=n2f(values={("BE", P): [value_doc("1", names=[{"culture": "fr", "value": None}])]}),
        ),
        changes=(create("BE/2", P, payload={"names": names("", "")}),),
    ),
    Example(
        name="dates: types, texts with a tail, the sentinels",
        world=World(
            agresso_analytics=[
                value_row(
                    "PROJECT", "BE", "1", date_from="2024-02-29T23:59:00+02:00", date_to="2099-12-31 00:00"
                ),
                value_row("PROJECT", "BE", "2", date_from="1900-01-01", date_to=" 2025-01-01 "),
            ],
            n2f=n2f(
                values={("BE", P): [value_doc("1"), value_doc("2", validityDateTo="2025-01-01T00:00:00Z")]}
            ),
        ),
        changes=(
            update(
                "BE/1",
                "validityDateFrom",
                scope=P,
                payload={"validityDateFrom": "2024-02-29T00:00:00Z", "validityDateTo": None},
            ),
        ),
    ),
    Example(
        name="dates compare by day, N2F's sentinels are null",
        world=World(
            agresso_analytics=[
                value_row("PROJECT", "BE", "1", date_from=date(2024, 1, 2), date_to=date(2099, 12, 31))
            ],
            n2f=n2f(
                values={
                    ("BE", P): [
                        value_doc(
                            "1",
                            validityDateFrom="2024-01-02T22:00:00.000",
                            validityDateTo="2099-12-31T00:00:00Z",
                        )
                    ]
                }
            ),
        ),
    ),
    Example(
        name="other text in a date column rejects the row",
        world=World(
            agresso_analytics=[
                value_row("PROJECT", "BE", "1", date_from="01/02/2024"),
                value_row("PROJECT", "BE", "2", date_to="2023-02-29"),
                value_row("PROJECT", "BE", "3", date_to="2023-2-1"),
                value_row("PROJECT", "BE", "5", date_to="20240229"),
                value_row("PROJECT", "BE", "6", date_to="2024-W05-1"),
                value_row("PROJECT", "BE", "4", date_to="x", status="C"),
            ],
            n2f=n2f(values={("BE", P): [value_doc("1", "Old"), value_doc("4")]}),
        ),
        rejected=_rejected(*((f"BE/{n}", "bad_date") for n in (1, 2, 3, 5, 6))),
        changes=(delete("BE/4", P),),
    ),
    Example(
        name="a row whose status is neither empty nor N is gone; an open row of the same key counts",
        world=World(
            agresso_analytics=[
                value_row("PROJECT", "BE", "1", status=" n "),
                value_row("PROJECT", "BE", "5", status="N"),
                value_row("PROJECT", "BE", "2", status="C"),
                value_row("PROJECT", "BE", "3", status="C", description="Old"),
                value_row("PROJECT", "BE", "3", status=" "),
                value_row("PROJECT", "BE", "4", status="\u00a0"),
                value_row("PROJECT", "??", None, status="T"),
            ],
            n2f=n2f(values={("BE", P): [value_doc(code) for code in "12345"]}),
        ),
        changes=(delete("BE/2", P), delete("BE/4", P)),
    ),
    Example(
        name="a field that no document of the list carries is not compared; each list has its own",
        world=World(
            agresso_analytics=[
                value_row("PROJECT", code, "1", date_from="2024-01-01") for code in ("BE", "FR")
            ],
            n2f=n2f(
                values={
                    ("BE", P): [value_doc("1", validityDateFrom=MISSING)],
                    ("FR", P): [value_doc("1", validityDateFrom=None)],
                }
            ),
        ),
        not_compared=frozenset({(P, "BE", "projects", "validityDateFrom")}),
        changes=(update("FR/1", "validityDateFrom", scope=P),),
    ),
]
