"""Examples: the table of user fields."""

from __future__ import annotations

from .builders import MISSING, n2f, names, user_doc, user_row, uuid
from .example import Example, create, delete, update, users_rejected
from .one_user import ALL_DEFAULTS, EMPTY_COLUMNS, NBSP, SHARED_MANAGER_ROLES, A, B, C, one_new_user, one_user
from .world import Settings, World

FIELD_EXAMPLES = [
    Example(
        name="all 19 fields are sent with their defaults and empty text is an empty string",
        world=one_new_user(EMPTY_COLUMNS),
        changes=(create(A, payload=ALL_DEFAULTS, path=("users",), result="succeeded"),),
        exit_code=0,
    ),
    Example(
        name="company: code to uuid, exact after trimming",
        world=World(
            agresso_users=[user_row(A, Entreprise=" FR "), user_row(B, Entreprise="fr")],
            n2f=n2f(),
        ),
        rejected=users_rejected((B, "unknown_company")),
        changes=(create(A, payload={"company": uuid("FR")}),),
    ),
    Example(
        name="role and profile: any culture, any case, the French name is sent",
        world=one_new_user({"Role": " boekHOUDER", "Profil": "executive"}),
        changes=(create(A, payload={"role": "Comptable", "profile": "Cadre"}),),
    ),
    Example(
        name="role and profile of N2F are read in any culture too, and default when empty",
        world=World(
            agresso_users=[user_row(A, Role="Accountant"), user_row(B)],
            n2f=n2f([user_doc(A, role="BOEKHOUDER "), user_doc(B, role=None, profile=MISSING), user_doc(C)]),
            settings=Settings(actions=frozenset({"create", "update"})),
        ),
        changes=(delete(C, decision="off"),),
    ),
    Example(
        name="a role of N2F that is in no list is compared as it is",
        world=one_user({}, {"role": "Stagiaire"}),
        changes=(update(A, "role", payload={"role": "Utilisateur"}),),
    ),
    Example(
        name="a role that fits several is rejected, and so is one without a French name",
        world=World(
            agresso_users=[
                user_row(A, Role="MANAGER"),
                user_row(B, Role="auditor"),
                user_row(C, Role="chef"),
            ],
            n2f=n2f(roles=SHARED_MANAGER_ROLES),
        ),
        rejected=users_rejected((A, "ambiguous_role"), (B, "unknown_role")),
        changes=(create(C, payload={"role": "Chef"}),),
    ),
    Example(
        name="an unknown profile is rejected, even the default where N2F lacks it",
        world=World(
            agresso_users=[user_row(A, Profil="nope"), user_row(B), user_row(C, Profil="Cadre")],
            n2f=n2f(userprofiles=[{"names": names("Cadre")}]),
        ),
        rejected=users_rejected((A, "unknown_profile"), (B, "unknown_profile")),
        changes=(create(C),),
    ),
    Example(
        name="canCreateVehicle is sent as it is and compared without case",
        world=World(
            agresso_users=[user_row(A, Creation_Vehicule="OUI"), user_row(B, Creation_Vehicule="Non")],
            n2f=n2f([user_doc(A, canCreateVehicle="oui"), user_doc(B, canCreateVehicle="Oui")]),
        ),
        changes=(update(B, "canCreateVehicle", payload={"canCreateVehicle": "Non"}),),
    ),
    *(
        Example(
            name=f"{word!r} is {'true' if truth else 'false'}",
            world=one_new_user({"Deduction_Distance_TravDom": word}),
            changes=(create(A, payload={"removeHomeWorkDistance": truth, "canRaiseLimits": False}),),
        )
        for word, truth in [
            *((word, True) for word in ("1", " TRUE ", "Yes", "y", "On", "OUI", "o", "Ja", "J")),
            *((word, False) for word in ("0", "non", "vrai", f"{NBSP}1", None)),
        ]
    ),
    Example(
        name="each boolean comes from its own column",
        world=World(
            agresso_users=[
                user_row(A, Appro_Veh_Adm="1"),
                user_row(B, Moyen_Paiement_Prof="1"),
                user_row(C, Droit_Relever_Plafond="1"),
            ],
            n2f=n2f(),
        ),
        changes=(
            create(A, payload={"personnalCarHaveToBeApproved": True, "gotProPayment": False}),
            create(B, payload={"gotProPayment": True, "canRaiseLimits": False}),
            create(C, payload={"canRaiseLimits": True, "personnalCarHaveToBeApproved": False}),
        ),
    ),
    Example(
        name="true against null or a missing key is a change, false is none",
        world=World(
            agresso_users=[user_row(A, Moyen_Paiement_Prof="1"), user_row(B, Droit_Relever_Plafond="x")],
            n2f=n2f([user_doc(A, gotProPayment=None), user_doc(B, canRaiseLimits=MISSING)]),
        ),
        changes=(update(A, "gotProPayment", payload={"gotProPayment": True}),),
    ),
    Example(
        name="N2F may hold a boolean as text",
        world=one_user({"Moyen_Paiement_Prof": "1"}, {"gotProPayment": "True", "canRaiseLimits": "non"}),
    ),
    Example(
        name="culture is lower-cased, currency upper-cased",
        world=one_new_user({"langue": "NL", "Devise": "usd"}),
        changes=(create(A, payload={"culture": "nl", "currencyIsoCode": "USD"}),),
    ),
    Example(
        name="culture, currency, structure and authMode have no default on N2F's side",
        world=one_user({}, {"culture": "", "currencyIsoCode": None, "structure": MISSING, "authMode": " "}),
        not_compared=frozenset({("users", "", "", "structure")}),
        changes=(update(A, "culture", "currencyIsoCode", "authMode"),),
    ),
    Example(
        name="N2F's culture and currency are cased before they are compared, structure is not",
        world=one_user({}, {"culture": "FR", "currencyIsoCode": "eur ", "structure": "l3"}),
        changes=(update(A, "structure"),),
    ),
    Example(
        name="authMode: Saml in any case is Sso, other modes are sent as they are, case does not count",
        world=World(
            agresso_users=[
                user_row(A, Methode_SSO="SAML"),
                user_row(B, Methode_SSO="sso"),
                user_row(C, Methode_SSO="Local"),
            ],
            n2f=n2f([user_doc(A), user_doc(B, authMode="SSO"), user_doc(C)]),
        ),
        changes=(update(C, "authMode", payload={"authMode": "Local"}),),
    ),
    Example(
        name="authMode is Integrated in the sandbox, whatever Agresso says",
        world=one_user({"Methode_SSO": "Saml"}, {"authMode": "Sso"}, settings=Settings(sandbox=True)),
        changes=(update(A, "authMode", payload={"authMode": "Integrated"}),),
    ),
    Example(
        name="N2F's Saml is not Sso",
        world=one_user({}, {"authMode": "Saml"}),
        changes=(update(A, "authMode", payload={"authMode": "Sso"}),),
    ),
]
