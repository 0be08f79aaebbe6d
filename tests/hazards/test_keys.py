"""Hazards: who and what a row is about, and what is deleted or created for it."""

from __future__ import annotations

from urllib.parse import quote

from demo.harness import DemoN2F
from tests.hazards.planning import night, plan
from tests.models.lab import Lab
from tests.reference.builders import axis_uuid, n2f, user_doc, user_row, uuid, value_doc, value_row
from tests.reference.world import Settings, World

ANN, BOB, CID, DAN = (f"{name}@example.com" for name in ("ann", "bob", "cid", "dan"))
BE = quote(uuid("BE"), safe="")


def values_of(stored: DemoN2F, company: str, axis: str) -> list[str]:
    """The codes that N2F holds in an axis of a company."""
    lists = stored.world()["axis_values"][uuid(company)]
    return [value["code"] for value in lists[axis_uuid(company, axis)]]


def test_a_leaver_is_deleted_from_n2f(lab: Lab, n2f: DemoN2F) -> None:
    ran = night(lab, n2f, World(agresso_users=[user_row(ANN)], n2f=holding(users=[ANN, BOB]))).ran
    assert ran.writes == [("DELETE", "users/bob%40example.com", None)]
    assert ran.results == {("users", BOB): "succeeded"}
    assert [user["mail"] for user in n2f.world()["users"]] == [ANN]


def test_the_url_of_an_axis_delete_names_its_axis(lab: Lab, n2f: DemoN2F) -> None:
    rows = [value_row("PROJECT", "BE", "kept"), value_row("PLAQUE", "BE", "kept")]
    lists = {("BE", axis): [value_doc("kept"), value_doc(f"old {axis}")] for axis in ("projects", "plaque")}
    ran = night(lab, n2f, World(agresso_analytics=rows, n2f=holding(values=lists))).ran
    assert sorted(ran.writes) == sorted([
        ("DELETE", f"companies/{BE}/axes/projects/old%20projects", None),
        ("DELETE", f"companies/{BE}/axes/{quote(axis_uuid('BE', 'plaque'), safe='')}/old%20plaque", None),
    ])  # fmt: skip
    assert values_of(n2f, "BE", "projects") == values_of(n2f, "BE", "plaque") == ["kept"]


def test_an_empty_source_deletes_nothing(lab: Lab, n2f: DemoN2F) -> None:
    world = World(n2f=holding(users=[ANN, BOB], values={("BE", "projects"): [value_doc("P1")]}))
    ran = night(lab, n2f, world).ran
    assert ran.writes == []
    assert set(ran.results.values()) == {"withheld"}
    assert len(n2f.world()["users"]) == 2
    assert values_of(n2f, "BE", "projects") == ["P1"]


def test_a_code_is_compared_within_its_company(lab: Lab) -> None:
    found = plan(lab, World(
        agresso_analytics=[value_row("PROJECT", "FR", "P1"), value_row("PROJECT", "BE", "P2")],
        n2f=holding(values={("BE", "projects"): [value_doc("P1"), value_doc("P2")]}),
    ))  # fmt: skip
    assert found.actions == {("projects", "FR/P1"): "create", ("projects", "BE/P1"): "delete"}


def test_the_same_code_in_two_companies_is_two_values(lab: Lab, n2f: DemoN2F) -> None:
    rows = [value_row("PROJECT", client, "P1", description=client) for client in ("BE", "FR")]
    ran = night(lab, n2f, World(agresso_analytics=rows, n2f=holding())).ran
    assert ran.results == {("projects", "BE/P1"): "succeeded", ("projects", "FR/P1"): "succeeded"}
    assert values_of(n2f, "BE", "projects") == values_of(n2f, "FR", "projects") == ["P1"]


def test_a_mail_that_stands_twice_does_not_end_its_scope(lab: Lab, n2f: DemoN2F) -> None:
    rows = [user_row(ANN, Prenom="Ann"), user_row(ANN, Prenom="Anna"), user_row(BOB)]
    found = night(lab, n2f, World(agresso_users=rows, n2f=holding()))
    assert found.ran.results == {("users", BOB): "succeeded"}
    assert {key for _, key, _ in found.rejected} == {ANN}


def test_each_company_has_axis_ids_of_its_own(lab: Lab) -> None:
    rows = [value_row("PLAQUE", client, "1-ABC") for client in ("BE", "FR", "LU")]
    found = plan(lab, World(agresso_analytics=rows, n2f=holding()))
    assert {key: change.path for key, change in found.changes.items()} == {
        ("plates", f"{code}/1-ABC"): "/".join(
            ("companies", quote(uuid(code), safe=""), "axes", quote(axis_uuid(code, "plaque"), safe=""))
        )
        for code in ("BE", "FR", "LU")
    }


def test_trailing_blanks_make_no_other_code(lab: Lab) -> None:
    found = plan(lab, World(
        agresso_users=[user_row(f" {ANN}  ")],
        agresso_analytics=[value_row("PROJECT", "BE ", "P1  "), value_row("PROJECT", "BE", "  P2 ")],
        n2f=holding(users=[ANN], values={("BE", "projects"): [value_doc("P1")]}),
    ))  # fmt: skip
    assert found.actions == {("projects", "BE/P2"): "create"}


def test_a_row_without_a_mail_is_no_user_nan(lab: Lab, n2f: DemoN2F) -> None:
    rows = [user_row(None, Nom="Nobody"), user_row(BOB, Manager="nan")]
    found = night(lab, n2f, World(agresso_users=rows, n2f=holding()))
    assert [(sent["mail"], sent["managerMail"]) for _, _, sent in found.ran.writes] == [(BOB, "")]
    assert found.rejected == {("users", "", "missing_mail")}


def test_an_unknown_company_is_not_posted_as_an_empty_one(lab: Lab, n2f: DemoN2F) -> None:
    rows = [user_row(ANN, Entreprise="XX"), user_row(BOB, Entreprise=None), user_row(CID)]
    found = night(lab, n2f, World(agresso_users=rows, n2f=holding()))
    assert [(sent["mail"], sent["company"]) for _, _, sent in found.ran.writes] == [(CID, uuid("BE"))]
    assert {row[1:] for row in found.rejected} == {(ANN, "unknown_company"), (BOB, "unknown_company")}


def test_a_failed_manager_is_not_used_as_if_created(lab: Lab, n2f: DemoN2F) -> None:
    rows = [user_row(BOB, Manager=ANN), user_row(ANN), user_row(CID)]
    refused = {"kind": "status", "status": 422, "method": "POST", "path_regex": "^users"}
    ran = night(lab, n2f, World(agresso_users=rows, n2f=holding()), **refused).ran
    assert ran.order[0] == ("users", ANN)
    assert ran.results == {("users", ANN): "failed", ("users", BOB): "skipped", ("users", CID): "succeeded"}
    assert [user["mail"] for user in n2f.world()["users"]] == [CID]


def test_a_manager_is_posted_once(lab: Lab, n2f: DemoN2F) -> None:
    rows = [
        user_row(mail, Manager=manager) for mail, manager in ((DAN, CID), (CID, ANN), (BOB, ANN), (ANN, None))
    ]
    ran = night(lab, n2f, World(agresso_users=rows, n2f=holding())).ran
    posted = [payload["mail"] for _, _, payload in ran.writes]
    assert sorted(posted) == [ANN, BOB, CID, DAN]
    assert posted[0] == ANN
    assert posted.index(CID) < posted.index(DAN)


def test_a_run_that_only_updates_creates_nobody(lab: Lab, n2f: DemoN2F) -> None:
    world = World(
        agresso_users=[user_row(ANN, Prenom="Anna"), user_row(BOB)],
        n2f=holding(users=[ANN, CID]),
        settings=Settings(actions=frozenset({"update"})),
    )
    ran = night(lab, n2f, world).ran
    assert [payload["mail"] for _, _, payload in ran.writes] == [ANN]
    assert sorted(user["mail"] for user in n2f.world()["users"]) == [ANN, CID]


def test_mails_and_codes_are_encoded_in_urls(lab: Lab, n2f: DemoN2F) -> None:
    mail, code = "o'brien/x?y#z%41@example.com[entity2]", "a/b?c#d%20 [e]"
    world = World(
        agresso_users=[user_row(ANN)],
        agresso_analytics=[value_row("PROJECT", "BE", "kept")],
        n2f=holding(users=[ANN, mail], values={("BE", "projects"): [value_doc("kept"), value_doc(code)]}),
    )
    ran = night(lab, n2f, world).ran
    assert [path for _, path, _ in ran.writes] == [
        "users/o%27brien%2Fx%3Fy%23z%2541%40example.com%5Bentity2%5D",
        f"companies/{BE}/axes/projects/a%2Fb%3Fc%23d%2520%20%5Be%5D",
    ]
    assert [user["mail"] for user in n2f.world()["users"]] == [ANN]
    assert values_of(n2f, "BE", "projects") == ["kept"]


def holding(*, users: list[str] | None = None, **lists: object) -> dict[str, object]:
    """What N2F holds: users in step with their rows, by mail, and axis values."""
    return n2f([user_doc(mail) for mail in users or []], **lists)
