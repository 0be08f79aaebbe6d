"""Examples: managers, and who depends on them."""

from __future__ import annotations

from .builders import n2f, user_doc, user_row
from .example import Example, create, delete, update, users_rejected
from .world import Hold, Settings, World

A, B, C, D, E = (f"{name}@example.com" for name in ("ann", "bob", "cid", "dee", "eve"))
GHOST = "ghost@example.com"
NO_DELETE = Settings(actions=frozenset({"create", "update"}))

MANAGER_EXAMPLES = [
    Example(
        name="a manager is lower-cased, and kept where it is a row of Agresso",
        world=World(agresso_users=[user_row(A, Manager=" BOB@example.com "), user_row(B)], n2f=n2f()),
        changes=(create(A, payload={"managerMail": B}, result="succeeded"), create(B, result="succeeded")),
        exit_code=0,
    ),
    Example(
        name="nan, none and a manager nobody knows are no manager",
        world=World(
            agresso_users=[
                user_row(A, Manager="NaN"),
                user_row(B, Manager="None"),
                user_row(C, Manager=GHOST),
            ],
            n2f=n2f(),
        ),
        changes=tuple(create(key, payload={"managerMail": ""}) for key in (A, B, C)),
    ),
    Example(
        name="a manager in N2F alone is kept while deletes are off",
        world=World(
            agresso_users=[user_row(A, Manager=B)],
            n2f=n2f([user_doc(B, mail="Bob@example.com")]),
            settings=NO_DELETE,
        ),
        changes=(create(A, payload={"managerMail": B}, result="succeeded"), delete(B, decision="off")),
        exit_code=0,
    ),
    Example(
        name="a manager who will be deleted is emptied, and goes after",
        world=World(
            agresso_users=[user_row(A, Manager=B)], n2f=n2f([user_doc(B), user_doc(A, managerMail=B)])
        ),
        changes=(
            update(A, "managerMail", payload={"managerMail": ""}, result="succeeded"),
            delete(B, result="succeeded", path=("users", B)),
        ),
        exit_code=0,
    ),
    Example(
        name="a manager whose delete is held is kept",
        world=World(
            agresso_users=[user_row(A, Manager=B)],
            n2f=n2f([user_doc(B), user_doc(A, managerMail=B)]),
            holds=(Hold(scope="users", entity_key=B),),
        ),
        changes=(delete(B, decision="withheld", reason="hold", result="withheld"),),
        exit_code=0,
    ),
    Example(
        name="a manager whose delete is scoped out is kept",
        world=World(
            agresso_users=[user_row(A, Manager=B)],
            n2f=n2f([user_doc(B)]),
            settings=Settings(only_mails=("ANN@example.com",)),
        ),
        changes=(create(A, payload={"managerMail": B}),),
    ),
    Example(
        name="a manager who is protected is kept",
        world=World(
            agresso_users=[user_row(A, Manager=B)],
            n2f=n2f([user_doc(B, role="Beheerder", mail=" Bob@example.com")]),
        ),
        changes=(create(A, payload={"managerMail": B}),),
    ),
    Example(
        name="a rejected manager is kept where N2F has it, and emptied where not",
        world=World(
            agresso_users=[
                user_row(A, Manager=B),
                user_row(B, Entreprise="??"),
                user_row(C, Manager=D),
                user_row(D, Entreprise="??"),
            ],
            n2f=n2f([user_doc(B)]),
        ),
        rejected=users_rejected((B, "unknown_company"), (D, "unknown_company")),
        changes=(create(A, payload={"managerMail": B}), create(C, payload={"managerMail": ""})),
    ),
    Example(
        name="their own manager, and users on a cycle, have none; users below a cycle keep theirs",
        world=World(
            agresso_users=[
                user_row(A, Manager=A),
                user_row(B, Manager=C),
                user_row(C, Manager=B),
                user_row(D, Manager=C),
                user_row(E, Manager=A),
            ],
            n2f=n2f(),
        ),
        changes=(
            *(create(key, payload={"managerMail": ""}, result="succeeded") for key in (A, B, C)),
            create(D, payload={"managerMail": C}, result="succeeded"),
            create(E, payload={"managerMail": A}, result="succeeded"),
        ),
    ),
    Example(
        name="rows with another manager differ, with nan and none they say the same",
        world=World(
            agresso_users=[
                user_row(A, Manager="nan"),
                user_row("ANN@example.com", Manager=" NONE "),
                user_row(B, Manager="nan"),
                user_row(B, Manager=GHOST),
            ],
            n2f=n2f(),
        ),
        rejected=users_rejected((B, "duplicate_mail")),
        changes=(create(A, payload={"managerMail": ""}),),
    ),
    Example(
        name="who depends on a manager that is not created is skipped, and so on down",
        world=World(
            agresso_users=[
                user_row(A),
                user_row(B, Manager=A),
                user_row(C, Manager=B),
                user_row(D, Manager=A),
            ],
            n2f=n2f([user_doc(D)]),
            holds=(Hold(scope="users", entity_key="ANN@example.com"),),
        ),
        changes=(
            create(A, decision="withheld", reason="hold", result="withheld"),
            create(B, result="skipped"),
            create(C, result="skipped"),
            update(D, "managerMail", payload={"managerMail": A}, result="skipped"),
        ),
        exit_code=3,
    ),
    Example(
        name="who depends on a create that is off is skipped",
        world=World(
            agresso_users=[user_row(A), user_row(B, Manager=A)],
            n2f=n2f([user_doc(B)]),
            settings=Settings(actions=frozenset({"update"})),
        ),
        changes=(create(A, decision="off"), update(B, "managerMail", result="skipped")),
        exit_code=3,
    ),
    Example(
        name="N2F refuses a circle through a user whom Agresso does not say",
        world=World(
            agresso_users=[user_row(A, Manager=B)],
            n2f=n2f([user_doc(A), user_doc(B, managerMail=A)]),
            settings=NO_DELETE,
        ),
        changes=(
            update(A, "managerMail", payload={"managerMail": B}, result="failed"),
            delete(B, decision="off"),
        ),
        exit_code=3,
    ),
    Example(
        name="a reversed hierarchy is updated from its new top",
        world=World(
            agresso_users=[user_row(A, Manager=B), user_row(B)],
            n2f=n2f([user_doc(A), user_doc(B, managerMail=A)]),
        ),
        changes=(update(B, "managerMail", result="succeeded"), update(A, "managerMail", result="succeeded")),
        exit_code=0,
    ),
    Example(
        name="deletes go from the bottom, and N2F refuses who still manages somebody",
        world=World(
            agresso_users=[user_row(E, Entreprise="??")],
            n2f=n2f(
                [
                    user_doc(A),
                    user_doc(B, managerMail=A),
                    user_doc(C, managerMail="BOB@example.com"),
                    user_doc(D),
                    user_doc(E, managerMail=D),
                ]
            ),
        ),
        rejected=users_rejected((E, "unknown_company")),
        changes=(
            delete(A, result="succeeded"),
            delete(B, result="succeeded"),
            delete(C, result="succeeded"),
            delete(D, result="failed"),
        ),
        exit_code=3,
    ),
    Example(
        name="a delete is skipped when the report's update is not sent",
        world=World(
            agresso_users=[user_row(A, Manager=None)],
            n2f=n2f([user_doc(B), user_doc(A, managerMail=B)]),
            settings=Settings(actions=frozenset({"delete"})),
        ),
        changes=(update(A, "managerMail", decision="off"), delete(B, result="skipped")),
        exit_code=3,
    ),
]
