"""Examples: axis values: scopes, companies, keys."""

from __future__ import annotations

from .builders import axis_uuid, n2f, names, uuid, value_doc, value_row
from .example import Example, create, delete, update
from .world import AXIS_SCOPES, DEPARTMENTS, Seeds, Settings, World

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


AXIS_EXAMPLES = [
    Example(
        name="a custom axis is looked up in each company",
        world=World(
            agresso_analytics=[value_row("PLAQUE ", "BE", "1"), value_row("Plaque", "FR", "1")], n2f=n2f()
        ),
        changes=(
            create("BE/1", "plates", path=("companies", uuid("BE"), "axes", BE_PLAQUE)),
            create("FR/1", "plates", path=("companies", uuid("FR"), "axes", axis_uuid("FR", "plaque"))),
        ),
    ),
    Example(
        name="the axis's French name is in any case, an axis of another culture's name is not it",
        world=World(
            agresso_analytics=[value_row("SUBPOST", "BE", "1"), value_row("SUBPOST", "FR", "1")],
            n2f=n2f(
                axes={
                    uuid("BE"): [{"uuid": "s=", "names": names(" SubPost ")}],
                    uuid("FR"): [{"uuid": "t=", "names": names("poste", "subpost", "subpost")}],
                }
            ),
        ),
        rejected=_rejected(("FR/1", "unknown_axis"), scope="subposts"),
        changes=(create("BE/1", "subposts", path=("companies", uuid("BE"), "axes", "s=")),),
    ),
    Example(
        name="an axis that fits several is rejected",
        world=World(
            agresso_analytics=[value_row("PLAQUE", "BE", "1")], n2f=n2f(axes=_axes(BE=["plaque", "Plaque"]))
        ),
        rejected=_rejected(("BE/1", "ambiguous_axis"), scope="plates"),
    ),
    Example(
        name="a typ that no scope names is ignored",
        world=World(agresso_analytics=[value_row("OTHER", "??", None, date_from="x")], n2f=n2f()),
        exit_code=0,
    ),
    Example(
        name="a fourth axis is one more row of the seed",
        world=World(
            agresso_analytics=[value_row("Department", "BE", "1")],
            n2f=n2f(axes=_axes(BE=["plaque", "DÉPARTEMENT"])),
            seeds=Seeds(axis_scopes=(*AXIS_SCOPES, DEPARTMENTS)),
        ),
        changes=(create("BE/1", "departments", path=("companies", uuid("BE"), "axes", "BE1==")),),
    ),
    Example(
        name="the same code in two companies is two values, and in two axes too",
        world=World(
            agresso_analytics=[value_row("PROJECT", c, "1", description=c) for c in ("BE", "FR")]
            + [value_row("PLAQUE", "BE", "1", description="x")],
            n2f=n2f(values={("BE", P): [value_doc("1", "BE")]}),
        ),
        changes=(create("FR/1", P), create("BE/1", "plates")),
    ),
    Example(
        name="codes are keys as they are: case and accents count, padding does not",
        world=World(
            agresso_analytics=[
                value_row("PROJECT", "BE", code) for code in ("p1", " P2", "\u00e9", "e\u0301", "\u00a0P3")
            ],
            n2f=n2f(
                values={("BE", P): [value_doc("P1"), value_doc("P2 "), value_doc("\u00e9"), value_doc("P3")]}
            ),
        ),
        changes=(
            create("BE/p1", P),
            create("BE/e\u0301", P),
            create("BE/\u00a0P3", P),
            delete("BE/P1", P),
            delete("BE/P3", P),
        ),
    ),
    Example(
        name="values are deleted only in companies that some row of the typ names, gone ones included",
        world=World(
            agresso_analytics=[
                value_row("PROJECT", "BE", "9", status="C"),
                value_row("PLAQUE", "FR", "1"),
                value_row("PROJECT", "LU", "1", date_from="x"),
            ],
            n2f=n2f(values={(code, P): [value_doc("2")] for code in ("BE", "FR", "LU")}),
        ),
        rejected=_rejected(("LU/1", "bad_date")),
        changes=(delete("BE/2", P), delete("LU/2", P), create("FR/1", "plates")),
    ),
    Example(
        name="axes that no scope names are left as they are",
        world=World(
            agresso_analytics=[value_row("PLAQUE", "BE", "1")],
            n2f=n2f(axes=_axes(BE=["plaque", "autre"]), values={("BE", "x"): []})
            | {"axis_values": {uuid("BE"): {"BE0==": [value_doc("1")], "BE1==": [value_doc("2")]}}},
        ),
    ),
    Example(
        name="rejected values: unknown company, empty code, a key twice with different values",
        world=World(
            agresso_analytics=[
                value_row("PROJECT", "be", "1"),
                value_row("PROJECT", None, "1"),
                value_row("PROJECT", "BE", "  "),
                value_row("PROJECT", "BE", "2", description="x"),
                value_row("PROJECT", "BE", "2 ", description="y"),
                value_row("PROJECT", "BE", "3", date_to="2024-01-01"),
                value_row("PROJECT", "BE", "3", date_to="2024-01-01 00:00"),
            ],
            n2f=n2f(values={("BE", P): [value_doc("2")]}),
        ),
        rejected=_rejected(
            ("be/1", "unknown_company"),
            ("/1", "unknown_company"),
            ("BE/", "empty_code"),
            ("BE/2", "duplicate_code"),
        ),
        changes=(create("BE/3", P, payload={"validityDateTo": "2024-01-01T00:00:00Z"}),),
    ),
    Example(
        name="a company code that fits several is rejected",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", "1")],
            n2f=n2f(
                companies=[{"uuid": uuid("BE"), "code": "BE"}, {"uuid": uuid("FR"), "code": " BE"}],
                values={("BE", P): [value_doc("2")]},
            ),
        ),
        rejected=_rejected(("BE/1", "ambiguous_company")),
    ),
    Example(
        name="values of N2F that share a key are rejected",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", code, description="x") for code in "12"],
            n2f=n2f(
                values={
                    ("BE", P): [
                        value_doc("1"),
                        value_doc("1 "),
                        value_doc("3"),
                        value_doc(" 3"),
                        value_doc("2"),
                    ]
                }
            ),
        ),
        rejected=_rejected(("BE/1", "shared_key"), ("BE/3", "shared_key")),
        changes=(update("BE/2", "names", scope=P),),
    ),
    Example(
        name="a code that is a dot can be created and updated, not deleted",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", "."), value_row("PROJECT", "FR", ".")],
            n2f=n2f(values={("BE", P): [value_doc(".", "Old"), value_doc("..")]}),
        ),
        rejected=_rejected(("BE/..", "unsendable_code")),
        changes=(update("BE/.", "names", scope=P), create("FR/.", P)),
    ),
    Example(
        name="the stand-in company of the sandbox takes unknown companies",
        world=World(
            agresso_analytics=[value_row("PROJECT", "??", "1"), value_row("PROJECT", None, "2")],
            n2f=n2f(values={("FR", P): [value_doc("3")]}),
            settings=Settings(sandbox=True, sandbox_company="FR"),
        ),
        changes=(create("FR/1", P), create("FR/2", P), delete("FR/3", P)),
    ),
]
