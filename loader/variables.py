"""Every environment variable that means something here: what it is for, its kind, its default, whether it is secret.

`docs/reference/settings.md` is made of this list, and `n2f-sync doctor` knows by it which names look mistyped.
Values are read where they are used, in `config`, in the dbt profile and in the models; tests/test_variables.py
keeps the three and this list together.
"""

from __future__ import annotations

from loader.variable import Group, Variable
from loader.variables_database import DATABASE, SQL_SERVER
from loader.variables_operations import OPERATIONS

_API = Group(
    title="The API",
    variables=(
        Variable(
            name="N2F_BASE_URL",
            meaning="address of the API; https, but for this machine itself",
            kind="URL",
            is_required=True,
        ),
        Variable(name="N2F_CLIENT_ID", meaning="who calls", kind="text", is_required=True, is_secret=True),
        Variable(
            name="N2F_CLIENT_SECRET", meaning="its secret", kind="text", is_required=True, is_secret=True
        ),
        Variable(
            name="N2F_SANDBOX",
            meaning="the sandbox's rules; must agree with an n2f.com host",
            kind="yes or no",
            default="false",
            readers=("loader", "models"),
        ),
        Variable(
            name="N2F_SANDBOX_COMPANY",
            meaning="in the sandbox alone: code of the company that stands in for companies N2F does not know",
            kind="text",
            unset="rows of unknown companies are rejected",
            readers=("loader", "models"),
        ),
    ),
)

_PACE = Group(
    title="The pace",
    variables=(
        Variable(
            name="N2F_READS_PER_MINUTE",
            meaning="a fixed quota of GET calls instead of those of day and night; 0 is none",
            kind="whole number",
            unset="60 from 06:00 to 20:00, else 200",
        ),
        Variable(
            name="N2F_WRITES_PER_MINUTE",
            meaning="a fixed quota of writes instead of those of day and night; 0 is none",
            kind="whole number",
            unset="10 from 06:00 to 20:00, else 50",
        ),
        Variable(
            name="N2F_TIMEZONE",
            meaning="of day, night and `--until`",
            kind="time zone",
            default="Europe/Brussels",
        ),
        Variable(name="N2F_CONNECT_TIMEOUT", meaning="to make a connection", kind="seconds", default="10"),
        Variable(
            name="N2F_READ_TIMEOUT", meaning="between two parts of an answer", kind="seconds", default="60"
        ),
        Variable(
            name="N2F_MAX_ATTEMPTS",
            meaning="attempts per call, the first one counted",
            kind="whole number",
            default="6",
        ),
        Variable(
            name="N2F_BACKOFF_INITIAL",
            meaning="before the second attempt; it doubles, with jitter",
            kind="seconds",
            default="1",
        ),
        Variable(
            name="N2F_BACKOFF_MAX", meaning="between two attempts at most", kind="seconds", default="60"
        ),
        Variable(
            name="N2F_RETRY_AFTER_MAX",
            meaning="longest Retry-After that is obeyed",
            kind="seconds",
            default="300",
        ),
        Variable(
            name="N2F_MAX_CONSECUTIVE_FAILURES",
            meaning="calls in a row without a proper answer, after which the rest of a push is left",
            kind="whole number",
            default="10",
        ),
    ),
)

_RUN = Group(
    title="What a run does",
    variables=(
        Variable(
            name="N2F_SYNC_ACTIONS",
            meaning="of `create`, `update`, `delete`; or `none`",
            kind="list",
            default="create,update",
            readers=("loader", "models"),
        ),
        Variable(
            name="N2F_SYNC_SCOPES",
            meaning="`users` and names of dbt_project/seeds/axis_scopes.csv",
            kind="list",
            unset="all",
            readers=("loader", "models"),
        ),
        Variable(
            name="N2F_SYNC_ONLY_COMPANIES",
            meaning="a pilot: company codes; only their changes go out",
            kind="list",
            unset="all",
            readers=("loader", "models"),
        ),
        Variable(
            name="N2F_SYNC_ONLY_MAILS",
            meaning="a pilot: mails; only their changes go out, and with mails alone no axis value",
            kind="list",
            unset="all",
            readers=("loader", "models"),
        ),
    ),
)

_FOLDERS = Group(
    title="Folders, and looking for faults",
    variables=(
        Variable(
            name="DBT_PROJECT_DIR",
            meaning="where `dbt_project.yml` and `.env` stand",
            kind="path",
            unset="this repository",
        ),
        Variable(
            name="DBT_PROFILES_DIR",
            meaning="where `profiles.yml` stands",
            kind="path",
            unset="the folder of the project",
        ),
        Variable(
            name="DBT_TARGET_PATH", meaning="where dbt writes what it compiled", kind="path", default="target"
        ),
        Variable(
            name="DBT_LOG_PATH",
            meaning="where dbt called directly writes its log",
            kind="path",
            default="logs",
        ),
        Variable(
            name="N2F_SYNC_DEBUG",
            meaning="any text: log everything, and show tracebacks of errors; from the environment, not from `.env`",
            kind="text",
            unset="off",
        ),
    ),
)

GROUPS = (_API, _PACE, _RUN, DATABASE, SQL_SERVER, OPERATIONS, _FOLDERS)
"""All of them, in the order of docs/reference/settings.md."""

VARIABLES = {variable.name: variable for group in GROUPS for variable in group.variables}

INTERNAL = frozenset({"N2F_SYNC_ALLOW_MASS"})
"""What the loader tells the models with `--allow-mass-...`; nobody sets it."""
