"""What the demo's N2F answers to calls that are as they should be."""

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from demo.harness import DemoN2F
from tests.demo.client import AXIS, COMPANY, Client, make_user, make_value, make_world, named

ODD_SPELLINGS = [
    "a/b",
    "a#b",
    "a?b=c",
    "100%",
    "100%25",
    "o'clock",
    "[entity2]",
    "with space",
    "a+b&c;d",
    "é-ß-名",
    "%2F",
    "x.y",
]


def emails_of(client: Client, path: str) -> list[str]:
    return [user["mail"] for user in client.get(path).json()["response"].get("data", [])]


def test_a_token_is_told_with_the_utc_instant_of_its_end_in_seven_fractional_digits(client: Client) -> None:
    client.n2f.set_options(token_seconds=1800)
    before = datetime.now(UTC)
    validity = client.authenticate()["validity"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}Z", validity)
    end = datetime.fromisoformat(validity[:26] + "+00:00")
    assert timedelta(seconds=1799) < end - before < timedelta(seconds=1810)


def test_lists_come_in_pages_from_an_offset_and_the_last_is_short(client: Client) -> None:
    mails = [f"user{number}@fictis.example" for number in range(450)]
    client.n2f.set_world(make_world(users=[make_user(mail) for mail in mails]))
    pages = [emails_of(client, f"users?start={start}&limit=200") for start in (0, 200, 400, 600)]
    assert [len(page) for page in pages] == [200, 200, 50, 0]
    assert [mail for page in pages for mail in page] == mails
    assert emails_of(client, "users?start=7&limit=2") == mails[7:9]


@pytest.mark.parametrize(
    "query",
    ["start=0&limit=201", "start=0&limit=0", "start=-1&limit=10", "start=a&limit=10", "limit=1&limit=2"],
)
def test_a_page_that_cannot_be_is_refused(client: Client, query: str) -> None:
    assert client.get(f"users?{query}").status_code == 400


def test_a_page_without_items_has_no_data_or_an_empty_list(client: Client) -> None:
    assert client.get("users?start=0&limit=200").json() == {"response": {}}
    client.n2f.set_options(omit_empty_data=False)
    assert client.get("users?start=0&limit=200").json() == {"response": {"data": []}}


def test_a_list_moves_while_it_is_read(client: Client) -> None:
    users = [make_user(f"user{number}@fictis.example") for number in range(4)]
    client.n2f.set_world(make_world(users=users))
    assert emails_of(client, "users?start=0&limit=2") == ["user0@fictis.example", "user1@fictis.example"]
    assert client.delete("users/user0%40fictis.example").status_code == 204
    assert emails_of(client, "users?start=2&limit=2") == ["user3@fictis.example"]


def test_roles_and_profiles_come_without_data_and_in_one_piece(client: Client) -> None:
    world = make_world()
    assert client.get("roles").json() == {"response": world["roles"]}
    assert client.get("userprofiles").json() == {"response": world["userprofiles"]}


def test_companies_axes_and_values_are_listed(client: Client) -> None:
    plate, project = make_value("1-FIC-101"), make_value("P1")
    world = make_world(axis_values={COMPANY: {AXIS: [plate], "projects": [project]}})
    client.n2f.set_world(world)
    company, axis = quote(COMPANY, safe=""), quote(AXIS, safe="")
    lists = {
        "companies": world["companies"],
        f"companies/{company}/axes": world["axes"][COMPANY],
        f"companies/{company}/axes/{axis}": [plate],
        f"companies/{company}/axes/projects": [project],
    }
    for path, documents in lists.items():
        assert client.get(f"{path}?start=0&limit=200").json() == {"response": {"data": documents}}


def test_documents_are_answered_as_they_were_given(client: Client) -> None:
    odd = {"mail": " Odd@Fictis.example ", "role": None, "unheard_of": [1, {"a": None}]}
    client.n2f.set_world(make_world(users=[odd, {"uuid": "x"}]))
    assert client.get("users").json()["response"]["data"] == [odd, {"uuid": "x"}]


def test_roles_and_profiles_of_users_are_answered_in_another_culture_where_they_have_a_name_there(
    client: Client,
) -> None:
    users = [
        make_user("a@fictis.example", profile=" standard"),
        make_user("b@fictis.example", role="Auditeur"),
    ]
    client.n2f.set_world(make_world(users=users))
    client.n2f.set_options(answer_culture="nl")
    told = client.get("users").json()["response"]["data"]
    assert [(user["role"], user["profile"]) for user in told] == [
        ("Gebruiker", "Standaard"),
        ("Auditeur", "Standaard"),
    ]
    assert client.n2f.world()["users"] == users


def test_a_posted_user_is_created_once_and_then_updated(client: Client) -> None:
    created = client.post("users", make_user("new@fictis.example", extra="kept"))
    assert created.status_code == 201
    uuid = created.json()["response"]["uuid"]
    assert b64decode(uuid).isdigit()
    assert client.post("users", make_user(" NEW@fictis.example", lastname="Autre")).status_code == 200
    stored = make_user("new@fictis.example", lastname="Autre", extra="kept", uuid=uuid)
    assert client.n2f.world()["users"] == [stored]


def test_an_update_keeps_uuid_spelling_of_the_mail_place_and_fields_that_were_not_sent(
    client: Client,
) -> None:
    users = [
        make_user("Ada@Fictis.example ", uuid="u1", phone="12"),
        make_user("b@fictis.example", uuid="u2"),
    ]
    client.n2f.set_world(make_world(users=users))
    client.post("users", make_user("ada@fictis.example", jobTitle="Cheffe"))
    assert client.n2f.world()["users"] == [{**users[0], "jobTitle": "Cheffe"}, users[1]]


def test_a_posted_value_is_created_once_and_then_updated(client: Client) -> None:
    path = f"companies/{quote(COMPANY, safe='')}/axes/projects"
    dated = make_value("P1  ", validityDateFrom="2024-02-29T00:00:00Z")
    assert client.post(path, dated).status_code == 201
    assert client.post(path, make_value("P1", "Autre", extra=1)).status_code == 200
    assert client.post(path, make_value("p1")).status_code == 201
    stored = client.n2f.world()["axis_values"][COMPANY]["projects"]
    assert stored == [make_value("P1", "Autre", extra=1), make_value("p1")]


@pytest.mark.parametrize("spelling", ODD_SPELLINGS)
def test_parts_of_a_path_are_split_before_they_are_decoded(client: Client, spelling: str) -> None:
    mail = f"{spelling.replace(' ', '')}@fictis.example"
    values = {COMPANY: {AXIS: [make_value(spelling), make_value("other")]}}
    client.n2f.set_world(make_world(users=[make_user(mail)], axis_values=values))
    path = f"companies/{quote(COMPANY, safe='')}/axes/{quote(AXIS, safe='')}/{quote(spelling, safe='')}"
    assert client.delete(path).status_code == 204
    assert client.delete(f"users/{quote(mail, safe='')}").status_code == 204
    left = client.n2f.world()
    assert left["users"] == []
    assert [value["code"] for value in left["axis_values"][COMPANY][AXIS]] == ["other"]


def test_of_two_documents_with_one_key_the_one_spelled_so_is_meant(client: Client) -> None:
    users = [make_user("Twin@fictis.example", uuid="u1"), make_user("twin@fictis.example", uuid="u2")]
    client.n2f.set_world(make_world(users=users))
    client.delete("users/twin%40fictis.example")
    assert client.n2f.world()["users"] == users[:1]


def test_a_world_is_dumped_as_it_was_loaded(n2f: DemoN2F) -> None:
    world = make_world(
        users=[make_user("a@fictis.example")],
        axis_values={COMPANY: {"projects": [make_value("P1")], AXIS: []}},
        roles=[named(fr="Utilisateur")],
        open_reports=["a@fictis.example"],
        used_values=[[COMPANY, "projects", "P1"]],
    )
    n2f.set_world(world)
    assert n2f.world() == world
