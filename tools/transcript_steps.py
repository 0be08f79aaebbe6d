"""The steps of docs/transcripts.md, as data. A command that has none makes tests/test_transcripts.py fail."""

from __future__ import annotations

from dataclasses import dataclass

FILL_AGRESSO = ""
"""The command of a step that fills the two tables of Agresso on the embedded database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What stands once in a file of the project, and what is put there instead."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command and what is said before it.

    Attributes:
        part: the heading it stands below.
        note: why somebody types it; Markdown.
        command: as it is typed; `n2f-sync` is run from this very installation.
        exit_code: what it has to end with, else there is no page.
        head: lines that are shown from the beginning.
        tail: lines that are shown from the end.
        without: variables that are not set, to show what is said then.
        edit: what somebody has changed in the project, and takes back afterwards.
    """

    part: str
    note: str
    command: str
    exit_code: int = 0
    head: int = 40
    tail: int = 20
    without: tuple[str, ...] = ()
    edit: Edit | None = None


_BEFORE, _READ, _WHY, _TRIAL, _SEND, _DELETE, _WRONG = (
    "Before the first run",
    "Only reading",
    "Why, one by one",
    "A night of the trial week",
    "Sending",
    "Deleting, and the guard",
    "When something is wrong",
)

STEPS: tuple[Step, ...] = (
    Step(part=_BEFORE, note="What there is:", command="n2f-sync --help"),
    Step(
        part=_BEFORE,
        note="The whole job at once, on a database and an N2F of its own (`make demo` is the same):",
        command="n2f-sync demo",
        head=14,
        tail=14,
    ),
    Step(
        part=_BEFORE,
        note="Is everything there that a run needs? The database is not, and that is no problem:",
        command="n2f-sync doctor",
    ),
    Step(
        part=_READ,
        note="Read N2F, and do nothing else. It makes the tables too:",
        command="n2f-sync snapshot",
    ),
    Step(
        part=_READ,
        note='On the embedded database somebody fills the tables `agresso."iris_N2F_User"` and'
        ' `agresso."iris_N2F_Analytics"` now; on SQL Server Agresso\'s own views are read.',
        command=FILL_AGRESSO,
    ),
    Step(
        part=_READ,
        note="What would be sent, row by row, deletes with it:",
        command="n2f-sync plan --delete --rows",
        head=24,
        tail=36,
        exit_code=4,
    ),
    Step(
        part=_READ,
        note="Why is that so for one person?",
        command="n2f-sync explain helene.accentier@fictis.example",
    ),
    Step(
        part=_READ,
        note="The same for a program (one object; here its beginning):",
        command="n2f-sync explain helene.accentier@fictis.example --json",
    ),
    *(
        Step(part=_WHY, note=f"{who}:", command=f"n2f-sync explain {key}", head=9, tail=0)
        for who, key in (
            ("Somebody new", "eva.defauwe@imagine.example"),
            ("Somebody who is as Agresso says", "agathe.noisette@fictis.example"),
            ("A leaver whose report leaves too", "roger.partancier@fictis.example"),
            ("An administrator whom N2F alone has", "n2f.admin@fictis.example"),
            ("A company that N2F does not know", "max.nullepart@fictis.example"),
            ("A name that changed, with the same employee number", "marie.epousel@fictis.example"),
            ("A value that a guard withholds", "FIC/OLD01"),
            ("A value whose French name is right and Dutch one is not", "FIC/P1302"),
            ("A value of a company that Agresso does not name", "ARC/9-ARC-101"),
            ("A value of an axis that no scope manages", "FIC/D20"),
        )
    ),
    Step(
        part=_TRIAL,
        note="The nightly command, but for the writes:",
        command="n2f-sync run --dry-run",
        tail=30,
    ),
    Step(
        part=_SEND,
        note="A first, small number of writes. What is left makes exit code 3:",
        command="n2f-sync run --max-writes 5",
        exit_code=3,
        head=4,
        tail=24,
    ),
    Step(
        part=_SEND,
        note="In two steps, with time to look in between:",
        command="n2f-sync plan --no-create",
        tail=24,
    ),
    Step(
        part=_SEND,
        note="Then what was seen is sent:",
        command="n2f-sync push",
        head=4,
        tail=40,
    ),
    Step(
        part=_SEND,
        note="A plan that was sent cannot be sent again:",
        command="n2f-sync push",
        exit_code=1,
    ),
    Step(
        part=_SEND,
        note="The nightly command. Deleting is off until it is asked for:",
        command="n2f-sync run",
        tail=24,
    ),
    Step(
        part=_DELETE,
        note="More deletes of one kind than a normal night brings are withheld; the rest is sent:",
        command="n2f-sync run --delete",
        exit_code=4,
        head=2,
        tail=34,
    ),
    Step(
        part=_DELETE,
        note="Somebody looked, and it is right. Once, by hand:",
        command="n2f-sync run --delete --allow-mass-delete",
        head=2,
        tail=28,
    ),
    Step(
        part=_DELETE,
        note="And once more. There is nothing left to do:",
        command="n2f-sync run --delete",
        tail=24,
    ),
    Step(part=_DELETE, note="How things stand:", command="n2f-sync status"),
    Step(
        part=_DELETE,
        note="The same for a program (one object; here its beginning):",
        command="n2f-sync status --json",
    ),
    Step(
        part=_DELETE,
        note="The last run as a page to look at, or to send to whom may see the names in it:",
        command="n2f-sync report",
    ),
    Step(part=_DELETE, note="Its results as a file for a spreadsheet:", command="n2f-sync report --csv"),
    Step(
        part=_DELETE,
        note="Read N2F once more, with the log as JSON for who collects logs:",
        command="n2f-sync snapshot --log-format json",
        head=5,
        tail=3,
    ),
    Step(
        part=_DELETE,
        note="Somebody wants last names in capitals, edits the mapping as"
        " [changing-the-models.md](changing-the-models.md) says, and asks what that would do to the next plan"
        " before it is merged:",
        command="n2f-sync impact --against HEAD --scope users",
        head=22,
        tail=12,
        edit=Edit(
            path="dbt_project/models/intermediate/users/int_users_mapped.sql",
            old="agresso_users.nom as lastname",
            new="upper(agresso_users.nom) as lastname",
        ),
    ),
    Step(
        part=_DELETE,
        note="What old snapshots could be deleted? None is old enough here:",
        command="n2f-sync prune --dry-run",
    ),
    Step(
        part=_WRONG,
        note="A setting is missing:",
        command="n2f-sync run",
        exit_code=1,
        without=("N2F_CLIENT_SECRET",),
    ),
    Step(
        part=_WRONG, note="The command is written wrongly:", command="n2f-sync run --until 25:00", exit_code=2
    ),
    Step(part=_WRONG, note="Nobody has that key:", command="n2f-sync explain helene.accentié@fictis.example"),
    Step(part=_WRONG, note="What does the doctor say now?", command="n2f-sync doctor"),
)
