"""Examples: scoping, selected scopes, the sandbox's company."""

from __future__ import annotations

from typing import Any

from .builders import n2f, user_doc, user_row, uuid, value_row
from .example import Example, create, delete, update, users_rejected
from .world import Settings, World

A, B, C, D, E = (f"{name}@example.com" for name in ("ann", "bob", "cid", "dee", "eve"))
P = "projects"
ALL = ("create", "update", "delete")


def _one_company_each(**settings: Any) -> World:
    """A to create in BE, B moves from FR to BE, C to be deleted from LU, a project of BE to create."""
    return World(
        agresso_users=[user_row(A), user_row(B)],
        agresso_analytics=[value_row("PROJECT", "BE", "1"), value_row("PROJECT", "FR", "1")],
        n2f=n2f([user_doc(B, company=uuid("FR")), user_doc(C, company=uuid("LU"))]),
        settings=Settings(**settings),
    )


SCOPING_EXAMPLES = [
    Example(
        name="companies listed: both sides of a change must be",
        world=_one_company_each(only_companies=("BE",)),
        changes=(create(A), create("BE/1", P)),
    ),
    Example(
        name="companies listed: a move between two that are goes out",
        world=_one_company_each(only_companies=("BE", "FR")),
        changes=(create(A), update(B, "company"), create("BE/1", P), create("FR/1", P)),
    ),
    Example(
        name="mails listed: no axis value is sent",
        world=_one_company_each(only_mails=("BOB@example.com", C)),
        changes=(update(B, "company"), delete(C)),
    ),
    Example(
        name="companies and mails listed: either is enough",
        world=_one_company_each(only_companies=("FR",), only_mails=(C,)),
        changes=(delete(C), create("FR/1", P)),
    ),
    Example(
        name="scoping filters changes, never inputs: rejections and managers stay",
        world=World(
            agresso_users=[user_row(A, Manager=B), user_row(B, Entreprise="FR"), user_row(C, Role="??")],
            n2f=n2f([user_doc(A), user_doc(D, company="gone")]),
            settings=Settings(only_companies=("BE",)),
        ),
        rejected=users_rejected((C, "unknown_role")),
        changes=(update(A, "managerMail", payload={"managerMail": B}, result="skipped"),),
        exit_code=3,
    ),
    Example(
        name="only selected scopes are planned",
        world=_one_company_each(scopes=frozenset({"projects"})),
        changes=(create("BE/1", P), create("FR/1", P)),
    ),
    Example(
        name="users alone",
        world=_one_company_each(scopes=frozenset({"users"})),
        changes=(create(A), update(B, "company"), delete(C)),
    ),
    Example(
        name="an unknown company in the sandbox is the stand-in's",
        world=World(
            agresso_users=[user_row(A, Entreprise="??"), user_row(B, Entreprise=None)],
            n2f=n2f(),
            settings=Settings(sandbox=True, sandbox_company=" LU "),
        ),
        changes=tuple(create(m, payload={"company": uuid("LU"), "authMode": "Integrated"}) for m in (A, B)),
    ),
    Example(
        name="a stand-in that is unknown itself stands for nobody, and none does outside the sandbox",
        world=World(
            agresso_users=[user_row(A, Entreprise="??")],
            n2f=n2f(),
            settings=Settings(sandbox=True, sandbox_company="nope"),
        ),
        rejected=users_rejected((A, "unknown_company")),
    ),
    Example(
        name="a stand-in that fits several stands for nobody",
        world=World(
            agresso_users=[user_row(A, Entreprise="??"), user_row(B, Entreprise="LU")],
            n2f=n2f(companies=[{"uuid": uuid("BE"), "code": "LU"}, {"uuid": uuid("LU"), "code": "LU"}]),
            settings=Settings(sandbox=True, sandbox_company="LU"),
        ),
        rejected=users_rejected((A, "unknown_company"), (B, "ambiguous_company")),
    ),
    Example(
        name="the stand-in is the sandbox's alone",
        world=World(
            agresso_users=[user_row(A, Entreprise="??")], n2f=n2f(), settings=Settings(sandbox_company="LU")
        ),
        rejected=users_rejected((A, "unknown_company")),
    ),
]
