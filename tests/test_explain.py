"""`n2f-sync explain` on the sample: every kind of decision, in text and in JSON, as the last build left it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from loader.cli import app
from loader.explain import explanation_of
from tests.end_to_end import Ended, Site, site_on
from tests.engines import Engine

HELD = "mathilde.sommelin@fictis.example"
NO_EFFECT = "luc.pimprez@fictis.example[imagine]"


class Kind(NamedTuple):
    """A row of the sample, and what is to be told of it."""

    key: str
    action: str
    decision: str
    reason: str | None
    words: tuple[str, ...]
    changed: tuple[str, ...] = ()


KINDS = {
    "created": Kind("eva.defauwe@imagine.example", "create", "send", None,
                    ("create, to be sent", "Agresso has it, N2F does not", "POST users")),
    "updated": Kind("helene.accentier@fictis.example", "update", "send", None,
                    ("update, to be sent", "N2F differs in firstname", "Helene", "Hélène"), ("firstname",)),
    "updated by the name N2F spells": Kind("PIA.majuscule@fictis.example ", "update", "send", None,
                                           ("update, to be sent",), ("jobTitle",)),
    "without a manager on a cycle": Kind("ada.rondeau@imagine.example", "update", "send", None,
                                         ("on a management cycle: no manager",), ("managerMail",)),
    "without a manager who leaves": Kind("ivan.orphelin@imagine.example", "update", "send", None,
                                         ("mona.adieux@imagine.example is deleted in this run",), ("managerMail",)),
    "deleted": Kind("quai#1/2?o'clock@exempla.example", "delete", "send", None,
                    ("delete, to be sent", "N2F has it, Agresso does not",
                     "DELETE users/quai%231%2F2%3Fo%27clock%40exempla.example")),
    "deleted after others": Kind("roger.partancier@fictis.example", "delete", "send", None,
                                 ("Waits for   simone.partuelle@fictis.example (delete, to be sent)",)),
    "in step": Kind("agathe.noisette@fictis.example", "none", "in_step", None,
                    ("nothing to do: in step", "N2F holds what Agresso says")),
    "held": Kind(HELD, "create", "withheld", "hold",
                 ("create, withheld", "hold: asked for by the works council", "n2f_sync.holds", "Awaited by")),
    "skipped": Kind("antoine.milieux@fictis.example", "create", "skipped", "depends_on",
                    (f"it waits for {HELD}, which is not sent", f"Waits for   {HELD} (create, withheld)")),
    "skipped behind a skipped one": Kind("denis.suivant@fictis.example", "update", "skipped", "depends_on",
                                         ("it waits for antoine.milieux@fictis.example",), ("managerMail",)),
    "failed beforehand": Kind(NO_EFFECT, "delete", "fail", "delete_had_no_effect",
                              ("not sent: counts as failed", "still in N2F", "In earlier runs")),
    "protected": Kind("n2f.admin@fictis.example", "none", "protected", None,
                      ("left alone: protected", "protected_roles")),
    "rejected": Kind("max.nullepart@fictis.example", "none", "rejected", "unknown_company",
                     ("rejected: nothing is sent for this key", "unknown_company: company")),
    "rejected twice over": Kind("lise.deuxfois@fictis.example", "none", "rejected", "duplicate_mail",
                                ("duplicate_mail: 2 rows that differ", "Chef d'atelier")),
    "rejected mail": Kind("jules.arobasse@@exempla.example", "none", "rejected", "invalid_mail", ("not one @",)),
    "possible rename": Kind("marie.epousel@fictis.example", "none", "rejected", "possible_rename",
                            ("marie.jeunefille@fictis.example", "not_renames")),
    "possible rename in N2F": Kind("marie.jeunefille@fictis.example", "none", "rejected", "possible_rename",
                                   ("marie.epousel@fictis.example",)),
    "value created": Kind("FIC/CH/12#A?", "create", "send", None, ("create, to be sent",)),
    "value updated": Kind("FIC/P1302", "update", "send", None, ("N2F differs in names",), ("names",)),
    "value whose days differ": Kind("EXE/2-EXE-301", "update", "send", None, ("N2F differs in validityDate",),
                                    ("validityDateTo",)),
    "value in step": Kind("FIC/P1101", "none", "in_step", None, ("in step",)),
    "value deleted, gone": Kind("FIC/P1401", "delete", "send", None, ("Agresso's row is gone (status C)",)),
    "value gone from both": Kind("FIC/GONE1", "none", "gone", None, ("gone from Agresso, and not in N2F",)),
    "value withheld by a guard": Kind("FIC/OLD01", "delete", "withheld", "guard",
                                      ("14 deletes of subposts", "--allow-mass-delete")),
    "value left alone": Kind("ARC/9-ARC-101", "none", "left_alone", None,
                             ("left alone", "no row of this typ in Agresso names the company")),
    "value rejected": Kind("ZZZ/P9001", "none", "rejected", "unknown_company", ("unknown_company: company 'ZZZ'",)),
    "value without a code": Kind("FIC/", "none", "rejected", "empty_code", ("empty_code",)),
    "value that no path can hold": Kind("EXE/..", "none", "rejected", "unsendable_code", ("unsendable_code",)),
    "value of no scope": Kind("FIC/D20", "none", "ignored", "no_scope", ("no scope names the typ 'DEPARTMENT'",)),
}  # fmt: skip

NARROWED = {
    "off": Kind("nele.overgang@exempla.example", "update", "off", None,
                ("not sent: the action is off", "--update sends it in one run"), ("managerMail",)),
    "scoped out": Kind("helene.accentier@fictis.example", "update", "scoped_out", None,
                       ("out of the run's scoping", "N2F_SYNC_ONLY_COMPANIES"), ("firstname",)),
    "scope not chosen": Kind("FIC/P1302", "none", "not_chosen", None, ("its scope was not chosen",)),
    "failed before": Kind("ida.nandrin@exempla.example", "create", "send", None,
                          ("In earlier runs", "failed", "422", "create fails since")),
    "sent before": Kind("remi.fantomas@exempla.example", "create", "send", None, ("succeeded", "200")),
}  # fmt: skip


@pytest.fixture(scope="module")
def site(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample, with a value that is gone on both sides and a code that two scopes have; nothing is built yet."""
    agresso = agresso_rows()
    gone = {"typ": "PROJECT", "client": "FIC", "code": "GONE1", "description": "Vieux pont", "status": "C"}
    agresso["iris_N2F_Analytics"] += [gone, {**gone, "typ": "SUBPOST", "code": "P1302", "status": "N"}]
    with DemoN2F(sample_world()) as n2f, site_on(engine, tmp_path_factory.mktemp("site"), n2f) as site:
        site.load_agresso(agresso)
        yield site


@pytest.fixture(scope="module")
def planned(site: Site) -> Site:
    """A plan with deletes on, a hold on somebody whom others wait for, and a delete that had no effect last year."""
    earlier = "'20250101T000000000000Z-0000'"
    with site.engine.connect(site.environment) as connection:
        for statement in (
            (
                "insert into n2f_sync.holds (scope, entity_key, reason, held_by)"
                f" values ('users', '{HELD}', 'asked for by the works council', 'DBA')"
            ),
            (
                "insert into n2f_raw.snapshots (snapshot_id, base_url, started_at, completed_at)"
                f" values ({earlier}, '{site.n2f.base_url}', '2025-01-01T00:00:00', '2025-01-01T00:01:00')"
            ),
            (
                "insert into n2f_sync.plans"
                " (plan_id, run_id, snapshot_id, created_at, checksum, change_count, settings_json)"
                f" values ({earlier}, {earlier}, {earlier}, '2025-01-01T00:02:00', '', 1, '{{}}')"
            ),
            (
                "insert into n2f_sync.push_results"
                " (run_id, plan_id, sequence, scope, action, entity_key, status, http_status, attempts, finished_at)"
                f" values ({earlier}, {earlier}, 1, 'users', 'delete', '{NO_EFFECT}', 'succeeded', 204, 1,"
                " '2025-01-01T00:03:00')"
            ),
        ):
            connection.execute(statement)
    ended = site.command("plan", "--delete", "--json")
    assert ended.code == 4, ended.out + ended.err
    return site


@pytest.fixture(scope="module")
def narrowed(planned: Site) -> Site:
    """A run after that: creates of the users of one company, of which N2F refuses the first."""
    planned.n2f.add_fault("status", status=422, method="POST", path_regex="^users")
    ended = planned.command(
        "run", "--scope", "users", "--no-update", "--max-writes", "2", N2F_SYNC_ONLY_COMPANIES="EXE"
    )
    assert ended.code == 3, ended.out + ended.err
    return planned


def told(site: Site, key: str) -> Ended:
    """What the command line says, run in this process: dbt is imported once, not once per key."""
    logger = logging.getLogger("loader")
    before = logger.handlers, logger.level, logger.propagate
    try:
        result = CliRunner().invoke(app, ["explain", key], env=site.environment)
    finally:
        logger.handlers, logger.level, logger.propagate = before
    assert result.exit_code == 0, result.output
    return Ended(code=result.exit_code, out=result.stdout, err=result.stderr)


def entities(site: Site, key: str) -> list[dict[str, Any]]:
    """The same as JSON, without a process of its own."""
    found: list[dict[str, Any]] = explanation_of(site.database(), key.strip()).to_json()["entities"]
    return found


def assert_told(site: Site, kind: Kind) -> None:
    """Text and JSON say the decision, the reason, and which fields differ."""
    ended = told(site, kind.key)
    assert [word for word in kind.words if word not in ended.out] == [], ended.out
    found = entities(site, kind.key)[0]
    assert (found["action"], found["decision"], found["reason"]) == (kind.action, kind.decision, kind.reason)
    changed = tuple(field["field"] for field in found["fields"] if field["is_changed"])
    assert changed[: len(kind.changed)] == kind.changed
    assert bool(changed) == bool(kind.changed)
    marked = [line.split()[1] for line in ended.out.splitlines() if line.startswith(" * ")]
    assert set(changed) <= set(marked)
    assert site.n2f.client_secret not in ended.out + ended.err


def test_before_the_first_build_it_says_what_to_do(site: Site) -> None:
    assert "n2f-sync plan" in told(site, "a@fictis.example").out
    ended = site.command("explain", "a@fictis.example", "--json")
    assert (ended.code, ended.json()["build"]) == (0, None)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_decision_is_told_with_its_reason(planned: Site, name: str) -> None:
    assert_told(planned, KINDS[name])


def test_the_build_and_its_snapshot_are_named(planned: Site) -> None:
    ended = planned.command("explain", KINDS["updated"].key, "--json")
    build = ended.json()["build"]
    assert planned.rows("select snapshot_id from n2f_staging.snapshot_in_use") == [(build["snapshot_id"],)]
    assert build["built_at"] > build["completed_at"]
    assert build["snapshot_id"] in told(planned, KINDS["updated"].key).out


def test_a_differing_field_is_told_from_its_column_to_its_request(planned: Site) -> None:
    (found,) = planned.command("explain", "FIC/P1303", "--json").json()["entities"]
    names = next(field for field in found["fields"] if field["field"] == "names")
    assert names["agresso_column"] == "description"
    assert names["agresso"] == [found["agresso_rows"][0]["description"]]
    assert names["desired"] == [found["request"]["payload"]["names"]]
    assert names["n2f"] != names["desired"]
    assert found["request"]["http_method"] == "POST"


def test_rows_that_contradict_each_other_are_shown_one_by_one(planned: Site) -> None:
    (found,) = entities(planned, "lise.deuxfois@fictis.example")
    assert len(found["agresso_rows"]) == 2
    title = next(field for field in found["fields"] if field["field"] == "jobTitle")
    assert sorted(title["desired"]) == ["Chef d'atelier", "Technicien"]
    assert " *   jobTitle" in told(planned, "lise.deuxfois@fictis.example").out


def test_a_code_that_several_scopes_have_is_told_for_each(planned: Site) -> None:
    assert [(found["scope"], found["action"]) for found in entities(planned, "FIC/P1302")] == [
        ("projects", "update"), ("subposts", "create"),
    ]  # fmt: skip
    assert "subposts  FIC/P1302" in told(planned, "FIC/P1302").out


@pytest.mark.parametrize(
    ("key", "near"),
    [("FIC/P1399", "FIC/P13"), ("fic/p1301", "FIC/P1301"), ("helen.accentier@fictis.example", "helene.")],
)
def test_a_key_that_is_not_known_says_which_may_be_meant(planned: Site, key: str, near: str) -> None:
    ended = told(planned, key)
    assert f"Neither Agresso nor N2F has {key}." in ended.out
    assert near in ended.out


def test_a_key_of_no_form_says_what_a_key_is(planned: Site) -> None:
    assert "a key is a mail, or COMPANY/CODE" in told(planned, "P1301").out


def test_an_empty_key_is_a_wrong_usage(site: Site) -> None:
    ended = site.command("explain", " ")
    assert (ended.code, ended.out) == (2, "")
    assert "the key is empty" in ended.err


def test_it_answers_while_another_run_holds_the_lock_and_changes_nothing(planned: Site) -> None:
    runs = planned.rows("select count(*) from n2f_sync.runs")
    planned.n2f.reset_stats()
    with planned.database().lock():
        told(planned, HELD)
    assert planned.rows("select count(*) from n2f_sync.runs") == runs
    assert planned.n2f.stats["calls"] == []


def test_what_people_put_into_a_field_reaches_stdout_alone(planned: Site) -> None:
    ended = planned.command("explain", "helene.accentier@fictis.example", "--json", N2F_SYNC_DEBUG="1")
    assert "Accentier" in ended.out
    assert json.loads(ended.out)["entities"]
    assert "Accentier" not in ended.err


@pytest.mark.parametrize("name", NARROWED)
def test_a_later_run_is_told_with_what_it_left_out_and_sent(narrowed: Site, name: str) -> None:
    assert_told(narrowed, NARROWED[name])


def test_a_build_that_a_push_has_overtaken_says_so(narrowed: Site) -> None:
    assert "since overtaken: a write to N2F was attempted" in told(narrowed, HELD).out


def test_earlier_results_are_told_newest_first(narrowed: Site) -> None:
    (found,) = entities(narrowed, "ida.nandrin@exempla.example")
    assert [(row["action"], row["status"], row["http_status"]) for row in found["results"]] == [
        ("create", "failed", 422)
    ]
    assert found["remembered"]["failing"][0]["run_count"] == 1
