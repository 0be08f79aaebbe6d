"""A site with something to report: the sample after a first night, with faults, holds, guards, and a history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from demo.sample import agresso_rows, sample_world
from loader.database import new_id
from tests.end_to_end import Ended, Site

HELD = "mathilde.sommelin@fictis.example"
LEAVER = "jan.vertrekman@exempla.example"
REFUSED = "Report Nº 42 is open"
SCRIPT = "<script>document.title='owned'</script>"
QUOTES = "\"><img src=x onerror=alert(1)>'"
RIGHT_TO_LEFT = "מנהל \u202etxt.exe"
FORMULA = '=HYPERLINK("http://evil.example";"x")'
LONG = "Directrice " * 200
HOSTILE = (SCRIPT, QUOTES, RIGHT_TO_LEFT, FORMULA, LONG)
"""Job titles of users whom N2F lacks: each is a value of a create."""


def hostile_world() -> dict[str, Any]:
    """Return the sample's N2F with such values in somebody who is to be deleted."""
    world = sample_world()
    leaver = next(user for user in world["users"] if user["mail"] == LEAVER)
    leaver |= {"firstname": FORMULA, "jobTitle": SCRIPT, "lastname": '<b>"Vertrekman"'}
    return world


def load_sample(site: Site, *, hostile: bool) -> None:
    """Fill Agresso's views, with values that are meant to break a page or a spreadsheet where that is asked for."""
    tables = agresso_rows()
    if hostile:
        template = next(
            row for row in tables["iris_N2F_User"] if row["AdresseEmail"].startswith("eva.defauwe@")
        )
        tables["iris_N2F_User"] += [
            {**template, "AdresseEmail": f"h{number}@imagine.example", "Fonction": title, "Matricule": f"H{number}",
             "Manager": ""}
            for number, title in enumerate(HOSTILE)
        ] + [{**template, "AdresseEmail": "=1+1@imagine.example", "Matricule": "H9", "Manager": ""}]  # fmt: skip
    site.load_agresso(tables)


def run_night(site: Site, **environment: str) -> Ended:
    """Plan, hold somebody back, and run: N2F refuses some, a guard withholds deletes, others wait for those."""
    site.command("plan", "--delete", **environment)
    with site.engine.connect(site.environment) as connection:
        connection.execute(
            "insert into n2f_sync.holds (scope, entity_key, reason, held_by)"
            f" values ('users', '{HELD}', 'asked for by the works council', 'DBA')"
        )
    site.n2f.add_fault("status", status=422, method="POST", path_regex="^users", times=2)
    site.n2f.add_fault("status", status=409, method="DELETE", path_regex="^users", body=REFUSED)
    return site.command("run", "--delete", "--json", **environment)


def add_history(site: Site, run_id: str) -> None:
    """Give the site nights before this one, of which nothing but their counts is known."""
    tonight = datetime.strptime(run_id[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - UTC without zone, as in the tables
    with site.engine.connect(site.environment) as connection:
        for ago in range(1, 29):
            if ago in (11, 20):  # nights without a run
                continue
            began = tonight - timedelta(days=ago)
            failed, left = (5, 0) if 4 <= ago <= 7 else (0, 40) if ago == 28 else (0, 0)
            sent = 310 if ago == 28 else 9 + (ago * 7) % 23
            connection.execute(
                "insert into n2f_sync.runs (run_id, command, started_at, finished_at, status, exit_code, is_dry_run,"
                " succeeded_count, failed_count, skipped_count, withheld_count, left_count, rejected_count)"
                f" values ('{new_id(began)}', 'run', '{began:%Y-%m-%dT%H:%M:%S}', '{began:%Y-%m-%dT%H:%M:%S}',"
                f" '{'incomplete' if failed or left else 'succeeded'}', {3 if failed or left else 0}, 0,"
                f" {sent}, {failed}, 0, 0, {left}, {19 + ago % 4})"
            )
