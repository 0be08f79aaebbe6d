"""The sample data shows each kind of thing that its README names: facts about the data alone."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from demo import sample
from demo.harness import DemoN2F

README = Path(sample.__file__).with_name("README.md").read_text(encoding="utf-8")
WORLD = sample.sample_world()
ROWS = sample.agresso_rows()
CODES = {company["uuid"]: company["code"] for company in WORLD["companies"]}
IN_AGRESSO: dict[str, dict[str, str]] = {
    row["AdresseEmail"].strip().lower(): row for row in ROWS["iris_N2F_User"]
}
IN_N2F: dict[str, dict[str, Any]] = {user["mail"].strip().lower(): user for user in WORLD["users"]}
LEAVERS = {
    "roger.partancier@fictis.example",
    "simone.partuelle@fictis.example",
    "jan.vertrekman@exempla.example",
    "mona.adieux@imagine.example",
    "luc.pimprez@fictis.example[imagine]",
    "quai#1/2?o'clock@exempla.example",
}


def open_codes(typ: str) -> set[tuple[str, str]]:
    rows = ROWS["iris_N2F_Analytics"]
    return {
        (row["client"].strip(), row["code"].strip())
        for row in rows
        if row["typ"].strip().upper() == typ and row["status"].strip().upper() in ("", "N")
    }


def n2f_values(name: str) -> list[tuple[str, str]]:
    """Company code and code of the values of the axis with a French name, or of `projects`."""
    found = []
    for uuid, axes in WORLD["axis_values"].items():
        named = {axis["uuid"]: axis["names"] for axis in WORLD["axes"][uuid]}
        for axis, values in axes.items():
            names = [each["value"].strip().lower() for each in named.get(axis, []) if each["culture"] == "fr"]
            if name in (axis, *names):
                found += [(CODES[uuid], value["code"].strip()) for value in values]
    return found


def test_there_are_some_80_users_in_three_companies_and_some_120_axis_values() -> None:
    assert 75 <= len(ROWS["iris_N2F_User"]) <= 90
    assert {row["Entreprise"].strip() for row in ROWS["iris_N2F_User"]} == {"FIC", "EXE", "IMA", "ZZZ"}
    assert 110 <= len(ROWS["iris_N2F_Analytics"]) <= 130
    counts = Counter(row["typ"].strip().upper() for row in ROWS["iris_N2F_Analytics"])
    assert set(counts) == {"PROJECT", "PLAQUE", "SUBPOST", "DEPARTMENT"}


def test_the_columns_are_those_of_the_views() -> None:
    users = "AdresseEmail Prenom Nom Entreprise Fonction Role Profil Manager Compte_Auxiliaire_Agresso"
    users += " Moyen_Paiement_Prof Compte_Auxiliaire2 Matricule Centre_Cout Creation_Vehicule Appro_Veh_Adm"
    users += " Deduction_Distance_TravDom Distance_TravDom Devise langue Structure Champs_Liaison_SSO"
    users += (
        " Droit_Relever_Plafond Methode_SSO Update_Champs_Perso Nouveau_Email Action CompanyID LocationID"
    )
    users += " DivisionID"
    analytics = "typ client code description status date_from date_to"
    assert [list(ROWS[view][0]) for view in ROWS] == [users.split(), analytics.split()]


@pytest.mark.parametrize("mail", sorted(set(re.findall(r"`([^` ]+@[^` ]+)`", README))))
def test_every_mail_in_the_readme_is_in_the_data(mail: str) -> None:
    assert mail in IN_AGRESSO or mail in IN_N2F


@pytest.mark.parametrize("key", sorted(set(re.findall(r"`((?:FIC|EXE|IMA|ARC|ZZZ)/[^`]+)`", README))))
def test_every_axis_value_in_the_readme_is_in_the_data(key: str) -> None:
    agresso = {f"{row['client']}/{row['code'].strip()}" for row in ROWS["iris_N2F_Analytics"]}
    n2f = {
        f"{CODES[company]}/{value['code'].strip()}"
        for company, axes in WORLD["axis_values"].items()
        for values in axes.values()
        for value in values
    }
    assert key in agresso | n2f


def test_mails_are_of_example_domains() -> None:
    for mail in {*IN_AGRESSO, *IN_N2F} - {""}:
        assert re.search(r"@[a-z]+\.example(\[[a-z]+])?$", mail), mail


def test_new_users_are_a_chain_of_managers_three_deep_with_the_lowest_first() -> None:
    chain = ["louise.basroche", "antoine.milieux", "mathilde.sommelin"]
    mails = [f"{name}@fictis.example" for name in chain]
    assert [mail for mail in IN_AGRESSO if mail in mails] == mails
    assert not set(mails) & set(IN_N2F)
    assert [IN_AGRESSO[mail]["Manager"].lower() for mail in mails[:2]] == mails[1:]
    assert IN_AGRESSO[mails[2]]["Manager"] in IN_N2F


def test_no_more_users_change_than_the_guards_allow() -> None:
    assert len(set(IN_AGRESSO) - set(IN_N2F)) <= 50
    assert len(LEAVERS) <= 10


def test_leavers_can_be_deleted_since_their_reports_leave_too_or_get_another_manager() -> None:
    assert set(IN_N2F) >= LEAVERS
    assert not LEAVERS & set(IN_AGRESSO)
    reports = {mail for mail, user in IN_N2F.items() if user["managerMail"].strip().lower() in LEAVERS}
    assert reports - LEAVERS == {
        "nele.overgang@exempla.example",
        "dirk.overstap@exempla.example",
        "ivan.orphelin@imagine.example",
    }
    assert reports & LEAVERS == {"simone.partuelle@fictis.example"}
    assert reports - LEAVERS <= set(IN_AGRESSO)
    assert "open_reports" not in WORLD
    assert "used_values" not in WORLD


def test_who_is_in_n2f_alone_leaves_is_protected_or_may_have_been_renamed() -> None:
    alone = set(IN_N2F) - set(IN_AGRESSO) - LEAVERS
    numbers = {row["Matricule"].strip() for row in IN_AGRESSO.values()} - {""}
    protected = {mail for mail in alone if IN_N2F[mail]["role"] in ("Administrateur", "administrator")}
    renamed = {mail for mail in alone if IN_N2F[mail]["employeeNumber"] in numbers}
    assert protected == {"n2f.admin@fictis.example", "parametrage@partner.example"}
    assert renamed == {"marie.jeunefille@fictis.example", "jules.arobasse@exempla.example"}
    assert alone == protected | renamed
    assert not {IN_N2F[mail]["managerMail"] for mail in alone} & LEAVERS
    assert not {IN_N2F[mail]["employeeNumber"] for mail in LEAVERS} & numbers


def test_roles_are_named_in_several_cultures() -> None:
    assert {user["role"] for user in WORLD["users"]} >= {"Utilisateur", "Gebruiker", "Approver", "Beheerder"}
    assert "goedkeurder" in {row["Role"] for row in ROWS["iris_N2F_User"]}


def test_rejected_rows_are_there() -> None:
    assert "" in IN_AGRESSO
    assert [mail for mail in IN_AGRESSO if mail.count("@") > 1] == ["jules.arobasse@@exempla.example"]
    times = Counter(row["AdresseEmail"].strip().lower() for row in ROWS["iris_N2F_User"])
    assert {mail for mail, count in times.items() if count > 1} == {
        "lise.deuxfois@fictis.example",
        "victor.doublon@imagine.example",
    }
    in_n2f = Counter(user["mail"].strip().lower() for user in WORLD["users"])
    assert [mail for mail, count in in_n2f.items() if count > 1] == ["abel.jumelet@imagine.example"]
    assert IN_AGRESSO["irene.claviere@fictis.example"]["Role"] == "Utilisateur"
    assert IN_N2F["irene.claviere@fictis.example"]["role"] == "Beheerder"


def test_a_cycle_has_somebody_below_it_and_somebody_is_their_own_manager() -> None:
    members = ["ada.rondeau@imagine.example", "boris.rondel@imagine.example", "celia.ronde@imagine.example"]
    assert [IN_AGRESSO[mail]["Manager"] for mail in members] == [*members[1:], members[0]]
    assert IN_AGRESSO["dora.soulacroix@imagine.example"]["Manager"] == members[0]
    own = [mail for mail, row in IN_AGRESSO.items() if mail and row["Manager"].strip().lower() == mail]
    assert own == ["edgar.soimesme@imagine.example"]


def test_subposts_alone_breach_the_guard_of_deletes() -> None:
    for typ, name in (("PROJECT", "projects"), ("PLAQUE", "plaque"), ("SUBPOST", "subpost")):
        values = n2f_values(name)
        gone = [value for value in values if value not in open_codes(typ)]
        is_breach = len(gone) > 10 and len(gone) * 100 > 10 * len(values)
        assert is_breach == (name == "subpost"), (name, len(gone), len(values))


def test_a_company_that_no_plate_names_keeps_its_plates() -> None:
    named = {row["client"].strip() for row in ROWS["iris_N2F_Analytics"]}
    assert "ARC" not in named
    assert ("ARC", "9-ARC-101") in n2f_values("plaque")


def test_gone_rows_sentinel_dates_and_padded_codes_are_there() -> None:
    rows = ROWS["iris_N2F_Analytics"]
    assert {row["status"].strip().upper() for row in rows} == {"", "N", "C"}
    assert {"1900-01-01", "2099-12-31", "31/12/2026"} <= {
        row[end] for row in rows for end in ("date_from", "date_to")
    }
    assert "P1101  " in {row["code"] for row in rows}
    gone_plates = {row["client"] for row in rows if row["typ"] == "PLAQUE" and row["status"] == "C"}
    assert "IMA" in gone_plates - {company for company, _ in open_codes("PLAQUE")}


def test_departments_wait_for_their_scope_and_cost_centres_are_left_alone() -> None:
    in_n2f = set(n2f_values("departement"))
    assert in_n2f - open_codes("DEPARTMENT") == {("FIC", "D90")}
    assert open_codes("DEPARTMENT") - in_n2f == {("FIC", "D30")}
    assert len(n2f_values("centre de coût")) == 2


def test_the_sample_n2f_runs() -> None:
    with DemoN2F(WORLD) as n2f:
        assert n2f.world() == WORLD
