"""Hazards: what is the same and is not updated every night, and what differs and is not missed."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from tests.hazards.planning import plan
from tests.models.lab import Lab
from tests.reference.builders import MISSING, n2f, names, user_doc, user_row, value_doc, value_row
from tests.reference.world import World

ANN = "ann@example.com"
PROJECT = ("projects", "BE/P1")


Pair = tuple[dict[str, object], dict[str, object]]
"""What a row of Agresso has, and what the document of N2F has."""


def users_not_in_step(lab: Lab, *pairs: Pair) -> list[Pair]:
    """The pairs that are an update; one more user, who did change, is seen to have."""
    mails = [f"user{number}@example.com" for number in range(len(pairs))]
    found = plan(lab, World(
        agresso_users=[user_row(ANN, Nom="Changed")]
        + [user_row(mail, **columns) for mail, (columns, _) in zip(mails, pairs, strict=True)],
        n2f=n2f([user_doc(ANN), *(user_doc(mail, **fields) for mail, (_, fields) in zip(mails, pairs, strict=True))]),
    ))  # fmt: skip
    assert found.actions["users", ANN] == "update"
    assert not found.rejected
    return [pair for mail, pair in zip(mails, pairs, strict=True) if ("users", mail) in found.changes]


def values_not_in_step(lab: Lab, *pairs: Pair) -> list[Pair]:
    """The same of axis values."""
    rows = [value_row("PROJECT", "BE", f"P{number}", **columns) for number, (columns, _) in enumerate(pairs)]
    documents = [value_doc(f"P{number}", **fields) for number, (_, fields) in enumerate(pairs)]
    found = plan(lab, World(
        agresso_analytics=[value_row("PROJECT", "BE", "C", description="Changed"), *rows],
        n2f=n2f(values={("BE", "projects"): [value_doc("C"), *documents]}),
    ))  # fmt: skip
    assert found.actions["projects", "BE/C"] == "update"
    assert not found.rejected
    return [pair for number, pair in enumerate(pairs) if ("projects", f"BE/P{number}") in found.changes]


def test_the_order_of_names_is_no_update(lab: Lab) -> None:
    assert values_not_in_step(lab, ({}, {"names": names("D", "D")[::-1]})) == []


def test_another_culture_is_no_update(lab: Lab) -> None:
    assert values_not_in_step(lab, ({}, {"names": names("D", "D", "Something else")})) == []
    roles = (("Gebruiker", "Utilisateur"), (None, "Gebruiker"), ("User", "Gebruiker"))
    assert users_not_in_step(lab, *(({"Role": ours}, {"role": theirs}) for ours, theirs in roles)) == []


def test_an_empty_text_against_null_is_no_update(lab: Lab) -> None:
    pairs = itertools.product(("", "  ", None), ("", None))
    assert (
        users_not_in_step(lab, *(({"Fonction": ours}, {"jobTitle": theirs}) for ours, theirs in pairs)) == []
    )


def test_the_suffix_of_a_date_is_no_update(lab: Lab) -> None:
    days = ("2026-03-04", "2026-03-04T00:00:00", "2026-03-04T00:00:00Z", "2026-03-04T00:00:00.0000000Z")
    ours: dict[str, object] = {"date_from": "2026-03-04 00:00:00"}
    assert values_not_in_step(lab, *((ours, {"validityDateFrom": theirs}) for theirs in days)) == []


def test_the_case_of_an_enum_is_no_update(lab: Lab) -> None:
    pairs: list[Pair] = [
        ({"Methode_SSO": "SAML"}, {"authMode": "sso"}),
        ({"Devise": "eur"}, {"currencyIsoCode": "Eur"}),
        ({"langue": "FR"}, {"culture": "fR"}),
        ({"Creation_Vehicule": "NON"}, {"canCreateVehicle": "Non"}),
        ({"Role": "UTILISATEUR"}, {"role": "utilisateur"}),
    ]
    assert users_not_in_step(lab, *pairs) == []


def test_true_against_a_missing_value_is_an_update(lab: Lab) -> None:
    pairs = [({"Moyen_Paiement_Prof": "1"}, {"gotProPayment": theirs}) for theirs in (MISSING, None, False)]
    assert users_not_in_step(lab, *pairs) == pairs


@pytest.mark.parametrize("day", ["2026-03-04T00:00:00", date(2026, 3, 4)])
def test_an_iso_date_is_not_read_day_first(lab: Lab, day: object) -> None:
    rows = [value_row("PROJECT", "BE", "P1", date_from=day)]
    payload = plan(lab, World(agresso_analytics=rows, n2f=n2f())).changes[PROJECT].payload
    assert payload is not None
    assert payload["validityDateFrom"] == "2026-03-04T00:00:00Z"


def test_oui_is_true(lab: Lab) -> None:
    columns = ("Moyen_Paiement_Prof", "Appro_Veh_Adm", "Deduction_Distance_TravDom", "Droit_Relever_Plafond")
    fields = ("gotProPayment", "personnalCarHaveToBeApproved", "removeHomeWorkDistance", "canRaiseLimits")
    words = ("Oui", "oui", " OUI ")
    rows = [
        user_row(f"u{number}@example.com", **dict.fromkeys(columns, word))
        for number, word in enumerate(words)
    ]
    found = plan(lab, World(agresso_users=rows, n2f=n2f()))
    payloads = [change.payload or {} for change in found.changes.values()]
    assert [[payload[field] for field in fields] for payload in payloads] == [[True] * 4] * 3
