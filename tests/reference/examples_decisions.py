"""Examples: actions, holds, guards and exit codes."""

from __future__ import annotations

from datetime import timedelta

from .builders import n2f, user_doc, user_row, value_doc, value_row
from .example import Example, create, delete, update
from .world import GUARD_LIMITS, NOW, GuardLimit, Hold, Seeds, Settings, World

A, B, C, D, E = (f"{name}@example.com" for name in ("ann", "bob", "cid", "dee", "eve"))
P = "projects"
ALL = ("create", "update", "delete")


def _mails(count: int, letter: str = "u") -> list[str]:
    return [f"{letter}{number:03}@example.com" for number in range(count)]


def _guarded(
    *, same: int = 0, updates: int = 0, creates: int = 0, deletes: int = 0, settings: Settings | None = None
) -> World:
    """So many users of each kind; those in step are called s…, the others u…, c… and d…."""
    rows = [user_row(mail) for mail in _mails(same, "s")]
    rows += [user_row(mail, Nom="New") for mail in _mails(updates, "u")]
    rows += [user_row(mail) for mail in _mails(creates, "c")]
    in_n2f = _mails(same, "s") + _mails(updates, "u") + _mails(deletes, "d")
    return World(
        agresso_users=rows, n2f=n2f([user_doc(mail) for mail in in_n2f]), settings=settings or Settings()
    )


DECISION_EXAMPLES = [
    Example(
        name="what is off is in the plan, not sent, without result or exit code",
        world=_guarded(updates=1, creates=1, deletes=1, settings=Settings(actions=frozenset({"update"}))),
        changes=(
            update("u000@example.com", "lastname", result="succeeded"),
            create("c000@example.com", decision="off"),
            delete("d000@example.com", decision="off"),
        ),
        exit_code=0,
    ),
    Example(
        name="held rows are withheld and do not change the exit code; an old hold is over",
        world=World(
            agresso_users=[user_row(A), user_row(B), user_row(C)],
            agresso_analytics=[value_row("PROJECT", "BE", "1"), value_row("PLAQUE", "BE", "1")],
            n2f=n2f(),
            holds=(
                Hold(scope="users", entity_key=A, held_until=NOW + timedelta(days=1)),
                Hold(scope="users", entity_key=B, held_until=NOW - timedelta(days=1)),
                Hold(scope="projects", entity_key="BE/1"),
                Hold(scope="projects", entity_key=C),
            ),
        ),
        changes=(
            create(A, decision="withheld", reason="hold", result="withheld"),
            create(B, result="succeeded"),
            create(C, result="succeeded"),
            create("BE/1", P, decision="withheld", reason="hold", result="withheld"),
            create("BE/1", "plates", result="succeeded"),
        ),
        exit_code=0,
    ),
    Example(
        name="deletes: 10 rows are no mass, however few users there are",
        world=_guarded(same=1, deletes=10),
        changes=tuple(delete(mail) for mail in _mails(10, "d")),
        verdicts={("users", "delete"): "ok"},
        exit_code=0,
    ),
    Example(
        name="deletes: 11 rows and over 10 % are withheld, the rest goes on",
        world=_guarded(same=97, updates=1, creates=1, deletes=11),
        changes=(
            update("u000@example.com", "lastname"),
            create("c000@example.com"),
            *(
                delete(mail, decision="withheld", reason="guard", result="withheld")
                for mail in _mails(11, "d")
            ),
        ),
        verdicts={("users", "delete"): "over_limit", ("users", "update"): "ok", ("users", "create"): "ok"},
        exit_code=4,
    ),
    Example(
        name="deletes: exactly 10 % is not over 10 %",
        world=_guarded(same=99, deletes=11),
        changes=tuple(delete(mail) for mail in _mails(11, "d")),
        exit_code=0,
    ),
    Example(
        name="deletes: told --allow-mass-delete",
        world=_guarded(deletes=12, same=1, settings=Settings(allow_mass=frozenset({"delete"}))),
        changes=tuple(delete(mail) for mail in _mails(12, "d")),
        exit_code=0,
    ),
    Example(
        name="withheld deletes leave managers where they are",
        world=World(
            agresso_users=[user_row(A, Manager="d000@example.com")],
            n2f=n2f([user_doc(A, managerMail="d000@example.com"), *map(user_doc, _mails(11, "d"))]),
        ),
        changes=tuple(delete(mail, decision="withheld", reason="guard") for mail in _mails(11, "d")),
        exit_code=4,
    ),
    Example(
        name="held deletes do not count",
        world=World(
            agresso_users=[user_row(A)],
            n2f=n2f([user_doc(A), *map(user_doc, _mails(11, "d"))]),
            holds=(Hold(scope="users", entity_key="d003@example.com"),),
        ),
        changes=tuple(
            delete(mail, decision="withheld", reason="hold") if mail[3] == "3" else delete(mail)
            for mail in _mails(11, "d")
        ),
        exit_code=0,
    ),
    Example(
        name="updates: over 50 % and over 50 rows",
        world=_guarded(same=50, updates=51),
        changes=tuple(
            update(mail, "lastname", decision="withheld", reason="guard", result="withheld")
            for mail in _mails(51)
        ),
        verdicts={("users", "update"): "over_limit"},
        exit_code=4,
    ),
    Example(
        name="updates: exactly 50 % or 50 rows is not over",
        world=_guarded(same=51, updates=51),
        changes=tuple(update(mail, "lastname") for mail in _mails(51)),
        exit_code=0,
    ),
    Example(
        name="creates of users: over 50 % and over 50 rows; their reports are skipped",
        world=World(
            agresso_users=[user_row(A, Manager="c000@example.com"), *map(user_row, _mails(51, "c"))],
            n2f=n2f([user_doc(A)]),
        ),
        changes=(
            update(A, "managerMail", result="skipped"),
            *(create(mail, decision="withheld", reason="guard") for mail in _mails(51, "c")),
        ),
        verdicts={("users", "create"): "over_limit"},
        exit_code=4,
    ),
    Example(
        name="axis values: creates have no limit",
        world=World(agresso_analytics=[value_row("PROJECT", "BE", str(n)) for n in range(60)], n2f=n2f()),
        changes=tuple(create(f"BE/{n}", P) for n in range(60)),
        exit_code=0,
    ),
    Example(
        name="guards are counted per scope, within scoping",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", "x"), value_row("PLAQUE", "BE", "x")],
            n2f=n2f(
                values={
                    ("BE", P): [value_doc("x")] + [value_doc(str(n)) for n in range(11)],
                    ("BE", "plaque"): [value_doc("x")] + [value_doc(str(n)) for n in range(10)],
                    ("FR", P): [value_doc(str(n)) for n in range(200)],
                }
            ),
            settings=Settings(only_companies=("BE",)),
        ),
        changes=(
            *(delete(f"BE/{n}", P, decision="withheld", reason="guard") for n in range(11)),
            *(delete(f"BE/{n}", "plates") for n in range(10)),
        ),
        verdicts={(P, "delete"): "over_limit", ("plates", "delete"): "ok"},
        exit_code=4,
    ),
    Example(
        name="each limit is a number that can be set",
        world=World(
            agresso_users=[user_row(A)],
            n2f=n2f([user_doc(A), user_doc(B), user_doc(C)]),
            seeds=Seeds(guard_limits=GUARD_LIMITS | {"delete": GuardLimit(percent=50, rows=1)}),
        ),
        changes=tuple(delete(mail, decision="withheld", reason="guard") for mail in (B, C)),
        exit_code=4,
    ),
    Example(
        name="no users in Agresso while N2F holds some: nothing of users is sent, the axes go on",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", "1")],
            n2f=n2f([user_doc(A), user_doc(B, role="Administrateur")]),
        ),
        changes=(
            delete(A, decision="withheld", reason="source_empty", result="withheld"),
            create("BE/1", P, result="succeeded"),
        ),
        verdicts={("users", "delete"): "source_empty", (P, "create"): "ok"},
        exit_code=4,
    ),
    Example(
        name="no row of a typ while N2F holds values of its axis: exit 4 though nothing would be sent",
        world=World(
            agresso_analytics=[value_row("PLAQUE", "BE", "1")],
            n2f=n2f(values={("BE", P): [value_doc("1")], ("BE", "plaque"): [value_doc("1")]}),
        ),
        verdicts={(P, "delete"): "source_empty", ("plates", "delete"): "ok"},
        exit_code=4,
    ),
    Example(
        name="a typ whose rows are all gone is not empty",
        world=World(
            agresso_analytics=[value_row("PROJECT", "BE", "1", status="C")],
            n2f=n2f(values={("BE", P): [value_doc("1")]}),
        ),
        changes=(delete("BE/1", P, result="succeeded"),),
        exit_code=0,
    ),
    Example(name="both sides empty: in step", world=World(n2f=n2f()), exit_code=0),
]
