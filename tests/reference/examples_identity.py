"""Examples: possible renames, protected users, rejected rows."""

from __future__ import annotations

from .builders import MISSING, n2f, user_doc, user_row
from .example import Example, create, delete, update, users_rejected
from .world import Seeds, Settings, World

A, B, C, D, E = (f"{name}@example.com" for name in ("ann", "bob", "cid", "dee", "eve"))
GHOST = "ghost@example.com"
NO_DELETE = Settings(actions=frozenset({"create", "update"}))

IDENTITY_EXAMPLES = [
    Example(
        name="a user to create with the number of one who left is a possible rename",
        world=World(
            agresso_users=[user_row(A, Matricule="7"), user_row(C, Manager=B)],
            n2f=n2f([user_doc(B, employeeNumber=" 7")]),
        ),
        rejected=users_rejected((A, "possible_rename"), (B, "possible_rename")),
        changes=(create(C, payload={"managerMail": B}),),
    ),
    Example(
        name="a rejected row can be a possible rename too; it keeps its own reason",
        world=World(
            agresso_users=[user_row(None, Matricule="7"), user_row("x", Matricule="8")],
            n2f=n2f([user_doc(B, employeeNumber="7"), user_doc(C, employeeNumber="8")]),
        ),
        rejected=users_rejected(
            ("", "missing_mail"), ("x", "invalid_mail"), (B, "possible_rename"), (C, "possible_rename")
        ),
    ),
    Example(
        name="an empty number, another case, or a user whom Agresso still has is no rename",
        world=World(
            agresso_users=[
                user_row(A),
                user_row(C, Matricule="a1"),
                user_row(E, Matricule="5"),
                user_row(D, Matricule="5", Nom="New"),
            ],
            n2f=n2f([user_doc(B, employeeNumber="A1"), user_doc(D, employeeNumber="5")]),
            settings=NO_DELETE,
        ),
        changes=(create(A), create(C), create(E), update(D, "lastname"), delete(B, decision="off")),
    ),
    Example(
        name="a protected user can be a possible rename",
        world=World(
            agresso_users=[user_row(A, Matricule="7")],
            n2f=n2f([user_doc(B, employeeNumber="7", role="Administrateur")]),
        ),
        rejected=users_rejected((A, "possible_rename"), (B, "possible_rename")),
    ),
    Example(
        name="a pair in not_renames is two people",
        world=World(
            agresso_users=[user_row(A, Matricule="7")],
            n2f=n2f([user_doc(B, employeeNumber="7")]),
            seeds=Seeds(not_renames=frozenset({(A, B)})),
        ),
        changes=(create(A), delete(B)),
    ),
    Example(
        name="not_renames exempts the pair, not the user",
        world=World(
            agresso_users=[user_row(A, Matricule="7")],
            n2f=n2f([user_doc(B, employeeNumber="7"), user_doc(C, employeeNumber="7")]),
            seeds=Seeds(not_renames=frozenset({(A, B)})),
        ),
        rejected=users_rejected((A, "possible_rename"), (C, "possible_rename")),
        changes=(delete(B),),
    ),
    Example(
        name="users in N2F alone with a protected role or mail are never deleted",
        world=World(
            agresso_users=[user_row(E)],
            n2f=n2f(
                [
                    user_doc(A, role="administrator"),
                    user_doc(B),
                    user_doc(C),
                    user_doc(D, role=MISSING),
                    user_doc(E),
                ]
            ),
            seeds=Seeds(protected_mails=(B,)),
        ),
        changes=(delete(C), delete(D)),
    ),
    Example(
        name="an update that would take a protected role away is rejected, others go on",
        world=World(
            agresso_users=[
                user_row(A, Nom="New"),
                user_row(B, Nom="New", Role="ADMINISTRATEUR"),
                user_row(C),
            ],
            n2f=n2f(
                [
                    user_doc(A, role="Beheerder"),
                    user_doc(B, role="Administrator"),
                    user_doc(C, role="Comptable"),
                ]
            ),
        ),
        rejected=users_rejected((A, "protected_role")),
        changes=(update(B, "lastname"), update(C, "role")),
    ),
    Example(
        name="users of N2F that share a key are rejected, on both sides",
        world=World(
            agresso_users=[user_row(A, Nom="New"), user_row(C, Manager=B)],
            n2f=n2f(
                [
                    user_doc(A),
                    user_doc("ANN@example.com"),
                    user_doc(B),
                    user_doc(" bob@example.com "),
                ]
            ),
        ),
        rejected=users_rejected((A, "shared_key"), (B, "shared_key")),
        changes=(create(C, payload={"managerMail": B}),),
    ),
    Example(
        name="mails that are none are rejected, each under its text",
        world=World(
            agresso_users=[
                user_row("  "),
                user_row(None),
                user_row("Nobody"),
                user_row("@example.com"),
                user_row("ann@"),
                user_row("a@b@c"),
                user_row("an n@example.com"),
                user_row("a@b"),
            ],
            n2f=n2f(),
        ),
        rejected=users_rejected(
            ("", "missing_mail"),
            *(
                (mail, "invalid_mail")
                for mail in ("nobody", "@example.com", "ann@", "a@b@c", "an n@example.com")
            ),
        ),
        changes=(create("a@b"),),
    ),
    Example(
        name="a mail twice with different values is rejected: not updated, not deleted",
        world=World(
            agresso_users=[
                user_row(A, Nom="One"),
                user_row("Ann@example.com ", Nom="Two"),
                user_row(B),
                user_row(B),
            ],
            n2f=n2f([user_doc(A), user_doc(B, lastname="Old")]),
        ),
        rejected=users_rejected((A, "duplicate_mail")),
        changes=(update(B, "lastname"),),
    ),
    Example(
        name="rows that differ only in columns that are not sent count once",
        world=World(agresso_users=[user_row(A, Centre_Cout="1"), user_row(A, Centre_Cout="2")], n2f=n2f()),
        changes=(create(A),),
    ),
    Example(
        name="a rejected row's user is not deleted",
        world=World(agresso_users=[user_row(A, Entreprise=None)], n2f=n2f([user_doc(A)])),
        rejected=users_rejected((A, "unknown_company")),
        exit_code=0,
    ),
    Example(
        name="rejected rows end in 3 with --strict",
        world=World(agresso_users=[user_row(A, Role="??")], n2f=n2f(), settings=Settings(strict=True)),
        rejected=users_rejected((A, "unknown_role")),
        exit_code=3,
    ),
]
