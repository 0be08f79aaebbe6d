"""loader/variables.py names every environment variable that is read, with the default that really counts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loader.config import load_api_settings, load_sync_settings
from loader.notify_settings import load_notify_settings
from loader.variable import Variable
from loader.variables import GROUPS, INTERNAL, VARIABLES
from loader.workplace import max_consecutive_failures

ROOT = Path(__file__).resolve().parents[1]
PROFILE = ROOT / "profiles.yml.example"
NAME = re.compile(r"(?:N2F|DBT)_[A-Z0-9]+(?:_[A-Z0-9]+)*")
IN_JINJA = re.compile(r"(?:env_var|setting_list|setting_has)\(\s*'(\w+)'")
DEFAULT_OF_PROFILE = re.compile(r"env_var\('(\w+)', ''\)\.strip\(\) or '([^']+)'")
REQUIRED = {
    "N2F_BASE_URL": "https://www.n2f.com/services/api/v2/",
    "N2F_CLIENT_ID": "client",
    "N2F_CLIENT_SECRET": "secret",
}


def names_in_python() -> Iterator[str]:
    """Each text of the loader's code that is the name of a variable and nothing else."""
    for path in sorted((ROOT / "loader").glob("*.py")):
        if path.stem.startswith("variable"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
                yield node.value


def names_in_jinja() -> Iterator[str]:
    """Each variable that the profile or the dbt project reads."""
    files = [PROFILE, ROOT / "dbt_project.yml", *(ROOT / "dbt_project").rglob("*.*")]
    for path in files:
        if path.suffix in {".sql", ".yml", ".example"}:
            yield from IN_JINJA.findall(path.read_text("utf-8"))


def names_in_example() -> set[str]:
    """The variables of .env.example, those that are commented out too."""
    return set(re.findall(r"(?m)^#?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text("utf-8")))


def defaults_of_profile() -> dict[str, str]:
    """The defaults that the profile has for what is not set."""
    return dict(DEFAULT_OF_PROFILE.findall(PROFILE.read_text("utf-8")))


def test_every_variable_that_is_read_is_named_and_the_other_way_round() -> None:
    read = {*names_in_python(), *names_in_jinja()}
    assert len(read) > 35, "the search finds what there is"
    assert read - INTERNAL - set(VARIABLES) == set(), "add it to loader/variables.py"
    assert set(VARIABLES) - read == set(), "nothing reads it any more"


def test_no_variable_is_named_twice() -> None:
    names = [variable.name for group in GROUPS for variable in group.variables]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_the_example_holds_every_variable_but_those_of_folders_and_faults() -> None:
    elsewhere = {variable.name for variable in GROUPS[-1].variables}
    assert names_in_example() == set(VARIABLES) - elsewhere


def test_what_the_example_says_is_the_default() -> None:
    said = dict(re.findall(r"(?m)^#?([A-Z0-9_]+)=(.+)$", (ROOT / ".env.example").read_text("utf-8")))
    said.pop("N2F_SYNC_SCOPES")  # an example: all scopes, for who wants to leave one out
    assert said
    assert {name: VARIABLES[name].default for name in said} == said


def test_what_is_left_out_has_a_default_or_a_meaning() -> None:
    for variable in VARIABLES.values():
        says = [variable.default is not None, bool(variable.unset), variable.is_required]
        assert sum(says) == 1, variable.name


def with_default_of_the_loader() -> list[Variable]:
    """What the loader's own settings are made of; the folders are dbt's."""
    loaded = [
        variable for group in GROUPS[:-1] for variable in group.variables if "loader" in variable.readers
    ]
    return [variable for variable in loaded if variable.default is not None]


@pytest.mark.parametrize("variable", with_default_of_the_loader(), ids=lambda variable: variable.name)
def test_the_default_means_the_same_as_leaving_it_out(variable: Variable) -> None:
    assert variable.default is not None
    said = {**REQUIRED, variable.name: variable.default}
    assert load_api_settings(said) == load_api_settings(REQUIRED)
    assert load_sync_settings(said) == load_sync_settings(REQUIRED)
    assert max_consecutive_failures(said) == max_consecutive_failures(REQUIRED)
    mail = {
        "N2F_SYNC_MAIL_TO": "a@firm.example",
        "N2F_SYNC_MAIL_FROM": "b@firm.example",
        "N2F_SYNC_SMTP_HOST": "h",
    }
    told = mail | {"N2F_SYNC_WEBHOOK_URL": "https://firm.example/hook"}
    assert load_notify_settings(told | {variable.name: variable.default}) == load_notify_settings(told)


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_the_default_of_the_profile_is_the_one_that_is_told(name: str) -> None:
    variable = VARIABLES[name]
    if name in defaults_of_profile():
        assert variable.default == defaults_of_profile()[name]
    elif "profile" in variable.readers:
        assert variable.default in {None, "true", "false"}, "a default that the profile does not have"


def test_a_yes_or_no_of_the_profile_counts_as_told_where_it_is_not_set() -> None:
    text = PROFILE.read_text("utf-8")
    switched_on = set(re.findall(r"env_var\('(\w+)', ''\)\.strip\(\)\.lower\(\) not in \['false'", text))
    switched_off = set(re.findall(r"env_var\('(\w+)', ''\)\.strip\(\)\.lower\(\) in \['true'", text))
    of_profile = [each for each in VARIABLES.values() if each.readers == ("profile",)]
    flags = {each.name: each.default for each in of_profile if each.kind == "yes or no"}
    assert flags == dict.fromkeys(switched_on, "true") | dict.fromkeys(switched_off, "false")


def test_who_reads_a_variable_is_told() -> None:
    profile = set(IN_JINJA.findall(PROFILE.read_text("utf-8")))
    told = {each.name for each in VARIABLES.values() if "profile" in each.readers}
    assert told == profile
    models = set(names_in_jinja()) - profile - INTERNAL
    assert {each.name for each in VARIABLES.values() if "models" in each.readers} == models


def test_secrets_are_marked() -> None:
    for variable in VARIABLES.values():
        if re.search("SECRET|PASSWORD|TOKEN|CLIENT_ID", variable.name):
            assert variable.is_secret, variable.name
