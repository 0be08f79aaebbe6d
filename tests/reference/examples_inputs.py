"""Examples: how inputs are read and compared."""

from __future__ import annotations

from decimal import Decimal

from .builders import MISSING, n2f, user_doc, user_row, uuid
from .example import Example, create, delete, update
from .one_user import ALL_DEFAULTS, NBSP, A, B, C, one_user
from .world import Seeds, Settings, World

INPUT_EXAMPLES = [
    Example(name="in step: nothing to do", world=one_user({}, {}), exit_code=0),
    Example(
        name="spaces around a value never count, on either side",
        world=one_user({"Prenom": "  Ann "}, {"lastname": " Lee  ", "mail": A, "culture": " FR"}),
    ),
    Example(
        name="null, empty and spaces are one and the same",
        world=one_user({"Fonction": "  ", "Matricule": ""}, {"jobTitle": None, "employeeNumber": "   "}),
    ),
    Example(
        name="a non-breaking space is not a space",
        world=one_user({"Prenom": f"{NBSP}Ann"}, {}),
        changes=(update(A, "firstname", payload={"firstname": f"{NBSP}Ann"}),),
    ),
    Example(
        name="a change of case alone is a change",
        world=one_user({"Nom": "LEE"}, {}),
        changes=(update(A, "lastname", payload={"lastname": "LEE"}),),
    ),
    Example(
        name="a change of accent alone is a change, composed or not",
        world=World(
            agresso_users=[user_row(A, Nom="Lée"), user_row(B, Nom="Le\u0301e")],
            n2f=n2f([user_doc(A), user_doc(B, lastname="Lée")]),
        ),
        changes=(
            update(A, "lastname", payload={"lastname": "Lée"}),
            update(B, "lastname", payload={"lastname": "Le\u0301e"}),
        ),
    ),
    Example(
        name="decimal numbers read without trailing zeros",
        world=World(
            agresso_users=[user_row(A, Matricule=Decimal("120.00")), user_row(B, Matricule=Decimal("12.50"))],
            n2f=n2f([user_doc(A, employeeNumber="120"), user_doc(B, employeeNumber="12.5")]),
        ),
    ),
    Example(
        name="floating numbers read without exponent",
        world=World(
            agresso_users=[
                user_row(A, Matricule=1e16),
                user_row(B, Matricule=0.00001),
                user_row(C, Matricule=7.0),
            ],
            n2f=n2f(
                [
                    user_doc(A, employeeNumber="10000000000000000"),
                    user_doc(B, employeeNumber="0.00001"),
                    user_doc(C, employeeNumber="7"),
                ]
            ),
        ),
    ),
    Example(
        name="text that looks like a number stays text",
        world=one_user({"Matricule": "007.0"}, {"employeeNumber": "7"}),
        changes=(update(A, "employeeNumber", payload={"employeeNumber": "007.0"}),),
    ),
    Example(
        name="a whole number column can be a boolean",
        world=one_user(
            {"Appro_Veh_Adm": 1, "Moyen_Paiement_Prof": 0}, {"personnalCarHaveToBeApproved": True}
        ),
    ),
    Example(
        name="mail is lower-cased and is the key",
        world=World(agresso_users=[user_row(" ANN@Example.com ")], n2f=n2f()),
        changes=(create(A, payload={"mail": A}),),
    ),
    Example(
        name="an update names the mail as N2F spells it",
        world=World(agresso_users=[user_row(A, Nom="New")], n2f=n2f([user_doc("Ann@Example.COM")])),
        changes=(update(A, "lastname", payload={"mail": "Ann@Example.COM", "lastname": "New"}),),
    ),
    Example(
        name="a field that no document carries is not compared and is reported",
        world=one_user({"Fonction": "Other"}, {"jobTitle": MISSING}),
        not_compared=frozenset({("users", "", "", "jobTitle")}),
    ),
    Example(
        name="null counts as carried",
        world=one_user({"Fonction": "Other"}, {"jobTitle": None}),
        changes=(update(A, "jobTitle", payload={"jobTitle": "Other"}),),
    ),
    Example(
        name="a field missing in some documents only is empty there",
        world=World(
            agresso_users=[user_row(A), user_row(B, Fonction=None)],
            n2f=n2f([user_doc(A), user_doc(B, jobTitle=MISSING)]),
        ),
    ),
    Example(
        name="staff can stop comparing a field that is still sent",
        world=World(
            agresso_users=[user_row(A, Nom="Other"), user_row(B, Nom="Other", Prenom="Bob")],
            n2f=n2f([user_doc(A), user_doc(B)]),
            seeds=Seeds(not_compared=frozenset({("users", "lastname")})),
        ),
        changes=(update(B, "firstname", payload={"firstname": "Bob", "lastname": "Other"}),),
    ),
    Example(
        name="an update sends all fields",
        world=one_user({"Nom": "Other"}, {}),
        changes=(
            update(
                A,
                "lastname",
                payload=ALL_DEFAULTS | {"firstname": "Ann", "lastname": "Other", "jobTitle": "Clerk"},
            ),
        ),
    ),
    Example(
        name="an empty N2F carries nothing, and everybody is created",
        world=World(agresso_users=[user_row(A), user_row(B, Manager=A)], n2f=n2f()),
        changes=(create(A), create(B, payload={"managerMail": A}, result="succeeded")),
        exit_code=0,
    ),
    Example(
        name="an item listed twice counts once, the later one holds",
        world=World(
            agresso_users=[user_row(A)],
            n2f=n2f([user_doc(A, lastname="Old"), user_doc(B, uuid=uuid("b")), user_doc(A)]),
            settings=Settings(actions=frozenset({"update"})),
        ),
        changes=(delete(B, decision="off"),),
    ),
    Example(
        name="odd characters go through as they are",
        world=World(agresso_users=[user_row("o'neil/x#?%+1@example.com[be2]", Nom='"Q\\" 😀')], n2f=n2f()),
        changes=(
            create(
                "o'neil/x#?%+1@example.com[be2]",
                payload={"mail": "o'neil/x#?%+1@example.com[be2]", "lastname": '"Q\\" 😀'},
            ),
        ),
    ),
]
