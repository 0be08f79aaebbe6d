"""Settings: defaults, what is accepted, and what is refused with a sentence that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from loader.config import (
    ApiSettings,
    QuotaSettings,
    SyncSettings,
    load_api_settings,
    load_quota_settings,
    load_sync_settings,
    read_environment,
)
from loader.errors import ConfigurationError, UsageError

SECRET = "hunter2-s3cret"
N2F = {
    "N2F_BASE_URL": "https://sandbox.n2f.com/services/api/v2/",
    "N2F_CLIENT_ID": "client",
    "N2F_CLIENT_SECRET": SECRET,
    "N2F_SANDBOX": "true",
}


def api(**changes: str) -> ApiSettings:
    return load_api_settings({**N2F, **changes})


def refusal(**changes: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        api(**changes)
    assert SECRET not in str(caught.value)
    return caught.value


# .env


def test_the_environment_is_stronger_than_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("N2F_SANDBOX=true\nN2F_CLIENT_ID='from file'\n")
    env = read_environment(tmp_path, {"N2F_SANDBOX": "false", "HOME": "/"})
    assert env == {"N2F_SANDBOX": "false", "N2F_CLIENT_ID": "from file", "HOME": "/"}


def test_an_empty_variable_counts_as_unset_in_both_places(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=\nC\n")
    assert read_environment(tmp_path, {"A": "", "B": "  ", "D": ""}) == {"A": "file"}


def test_without_env_file_there_is_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("N2F_CLIENT_ID", "from environment")
    assert read_environment(tmp_path)["N2F_CLIENT_ID"] == "from environment"


def test_a_dollar_in_a_secret_stays_one(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("N2F_CLIENT_SECRET='a${HOME}$b'\n")
    assert read_environment(tmp_path, {})["N2F_CLIENT_SECRET"] == "a${HOME}$b"


def test_env_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfN2F_SANDBOX=true\r\nN2F_CLIENT_ID=x\r\n")
    assert read_environment(tmp_path, {}) == {"N2F_SANDBOX": "true", "N2F_CLIENT_ID": "x"}


def test_env_file_that_is_no_text_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"\.env cannot be read"):
        read_environment(tmp_path, {})


# The API


def test_defaults_are_those_of_the_contract() -> None:
    assert api() == ApiSettings(
        base_url="https://sandbox.n2f.com/services/api/v2/",
        client_id="client",
        client_secret=SECRET,
        sandbox=True,
        quota=QuotaSettings(timezone="Europe/Brussels", reads_per_minute=None, writes_per_minute=None),
        connect_timeout=10,
        read_timeout=60,
        max_attempts=6,
        backoff_initial=1,
        backoff_max=60,
        retry_after_max=300,
        page_size=200,
        ledger_dir=Path(__file__).resolve().parents[2] / ".n2f-sync" / "calls",
    )


def test_one_error_names_all_that_is_missing_and_two_ways_on() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_api_settings({"N2F_CLIENT_ID": " ", "N2F_CLIENT_SECRET": ""})
    text = str(caught.value)
    for name in ("N2F_BASE_URL", "N2F_CLIENT_ID", "N2F_CLIENT_SECRET", ".env.example", "make demo"):
        assert name in text
    assert caught.value.exit_code == 1


def test_what_is_there_is_not_named_as_missing() -> None:
    assert refusal(N2F_CLIENT_ID="").message == "N2F_CLIENT_ID is not set"


def test_the_secret_is_in_no_repr() -> None:
    assert SECRET not in repr(api())


def test_all_can_be_set() -> None:
    settings = api(
        N2F_READS_PER_MINUTE="0",
        N2F_WRITES_PER_MINUTE="7",
        N2F_TIMEZONE="America/New_York",
        N2F_CONNECT_TIMEOUT="1.5",
        N2F_READ_TIMEOUT="2",
        N2F_MAX_ATTEMPTS="1",
        N2F_BACKOFF_INITIAL="0",
        N2F_BACKOFF_MAX="3",
        N2F_RETRY_AFTER_MAX="4",
    )
    quota = QuotaSettings(timezone="America/New_York", reads_per_minute=0, writes_per_minute=7)
    assert settings.quota == quota
    assert (settings.connect_timeout, settings.read_timeout, settings.max_attempts) == (1.5, 2, 1)
    assert (settings.backoff_initial, settings.backoff_max, settings.retry_after_max) == (0, 3, 4)


def test_quotas_can_be_read_without_credentials() -> None:
    assert load_quota_settings({"N2F_WRITES_PER_MINUTE": "3"}).writes_per_minute == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("N2F_SANDBOX", "maybe"),
        ("N2F_READS_PER_MINUTE", "-1"),
        ("N2F_READS_PER_MINUTE", "1.5"),
        ("N2F_WRITES_PER_MINUTE", "ten"),
        ("N2F_WRITES_PER_MINUTE", "٣"),
        ("N2F_TIMEZONE", "Europe/Brussel"),
        ("N2F_TIMEZONE", "../../etc/passwd"),
        ("N2F_TIMEZONE", "Europe"),
        ("N2F_MAX_ATTEMPTS", "0"),
        ("N2F_CONNECT_TIMEOUT", "0"),
        ("N2F_READ_TIMEOUT", "nan"),
        ("N2F_READ_TIMEOUT", "inf"),
        ("N2F_BACKOFF_INITIAL", "-1"),
        ("N2F_BACKOFF_MAX", "1e9"),
        ("N2F_RETRY_AFTER_MAX", "soon"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_to_set(name: str, value: str) -> None:
    error = refusal(**{name: value})
    assert error.message == f"{name} is {value!r}"
    assert error.remedy.startswith(f"Set {name} to ")


@pytest.mark.parametrize("value", ["true", "TRUE", "1", "Yes", " true "])
def test_true_can_be_said_in_many_ways(value: str) -> None:
    assert load_sync_settings({"N2F_SANDBOX": value}).sandbox


@pytest.mark.parametrize("value", ["false", "False", "0", "NO", "", "  "])
def test_false_can_be_said_in_many_ways(value: str) -> None:
    assert not load_sync_settings({"N2F_SANDBOX": value}).sandbox


# The base URL


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://sandbox.n2f.com/services/api/v2", "https://sandbox.n2f.com/services/api/v2/"),
        ("https://sandbox.n2f.com/services/api/v2//", "https://sandbox.n2f.com/services/api/v2/"),
        (" HTTPS://Sandbox.N2F.com/services/api/v2/ ", "https://sandbox.n2f.com/services/api/v2/"),
        ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api/"),
        ("http://localhost:8080", "http://localhost:8080/"),
        ("http://[::1]:8080/api/", "http://[::1]:8080/api/"),
        ("https://proxy.example/n2f/", "https://proxy.example/n2f/"),
    ],
)
def test_the_base_url_ends_in_exactly_one_slash(given: str, kept: str) -> None:
    assert api(N2F_BASE_URL=given).base_url == kept


@pytest.mark.parametrize(
    "url",
    [
        "sandbox.n2f.com/services/api/v2/",
        "ftp://sandbox.n2f.com/",
        "https://",
        "https:///services",
        "https://sandbox.n2f.com:port/",
        "https://[sandbox.n2f.com/",
        "https://sandbox.n2f.com/services api/",
        "http://sandbox.n2f.com/services/api/v2/",
        "http://127.0.0.1.example.com/",
        f"https://client:{SECRET}@sandbox.n2f.com/services/api/v2/",
        f"https://sandbox.n2f.com/services/api/v2/?key={SECRET}",
        f"https://sandbox.n2f.com/services/api/v2/#{SECRET}",
    ],
)
def test_what_is_no_safe_url_is_refused_and_not_shown(url: str) -> None:
    error = refusal(N2F_BASE_URL=url)
    assert error.message.startswith("N2F_BASE_URL ")
    assert url not in error.message or url == "https://"


@pytest.mark.parametrize(
    ("host", "sandbox"),
    [
        ("www.n2f.com", "true"),
        ("n2f.com", "true"),
        ("WWW.N2F.COM.", "true"),
        ("other.n2f.com", "yes"),
        ("sandbox.n2f.com", "false"),
        ("sandbox.n2f.com", ""),
    ],
)
def test_sandbox_that_disagrees_with_an_n2f_host_is_refused(host: str, sandbox: str) -> None:
    error = refusal(N2F_BASE_URL=f"https://{host}/services/api/v2/", N2F_SANDBOX=sandbox)
    assert error.message.startswith("N2F_SANDBOX is ")
    assert "Set N2F_SANDBOX=" in error.remedy


@pytest.mark.parametrize(
    ("host", "sandbox"),
    [
        ("www.n2f.com", "false"),
        ("sandbox.n2f.com", "true"),
        ("notn2f.com", "true"),
        ("n2f.com.example", "true"),
        ("n2f.com.example", "false"),
    ],
)
def test_sandbox_that_agrees_or_another_host_is_accepted(host: str, sandbox: str) -> None:
    assert api(N2F_BASE_URL=f"https://{host}/", N2F_SANDBOX=sandbox).sandbox is (sandbox == "true")


# What a run may do


def test_by_default_all_is_created_and_updated_and_nothing_deleted() -> None:
    assert load_sync_settings({}) == SyncSettings(
        sandbox=False,
        sandbox_company=None,
        actions=frozenset({"create", "update"}),
        scopes=None,
        only_companies=(),
        only_mails=(),
        allow_mass=frozenset(),
        max_writes=None,
        until=None,
        dry_run=False,
        strict=False,
    )


def test_lists_are_trimmed_and_empty_and_double_items_dropped() -> None:
    settings = load_sync_settings(
        {
            "N2F_SYNC_ACTIONS": " Delete ,create,",
            "N2F_SYNC_SCOPES": "users, ,plates ",
            "N2F_SYNC_ONLY_COMPANIES": "C 1,,C2,C2",
            "N2F_SYNC_ONLY_MAILS": " Jan@example.com,els@example.org",
        }
    )
    assert settings.actions == {"create", "delete"}
    assert settings.scopes == {"users", "plates"}
    assert settings.only_companies == ("C 1", "C2")
    assert settings.only_mails == ("Jan@example.com", "els@example.org")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("N2F_SYNC_ACTIONS", "create,destroy"),
        ("N2F_SYNC_ACTIONS", "none,create"),
        ("N2F_SYNC_ACTIONS", ","),
        ("N2F_SYNC_SCOPES", " , "),
        ("N2F_SYNC_ONLY_COMPANIES", ","),
        ("N2F_SYNC_ONLY_MAILS", ",,"),
    ],
)
def test_a_list_that_names_nothing_or_the_unknown_is_refused_rather_than_taken_as_all(
    name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match=name):
        load_sync_settings({name: value})


def test_options_are_stronger_than_the_environment() -> None:
    env = {"N2F_SYNC_ACTIONS": "delete", "N2F_SYNC_SCOPES": "users"}
    settings = load_sync_settings(env, create=True, delete=False, scopes=["plates", " subposts"])
    assert settings.actions == {"create"}
    assert settings.scopes == {"plates", "subposts"}
    assert load_sync_settings(env, scopes=()).scopes == {"users"}


def test_the_company_that_stands_in_is_for_the_sandbox_alone() -> None:
    env = {"N2F_SANDBOX_COMPANY": " TEST "}
    assert load_sync_settings({**env, "N2F_SANDBOX": "1"}).sandbox_company == "TEST"
    assert load_sync_settings(env).sandbox_company is None


@pytest.mark.parametrize("until", ["24:00", "6:30", "06:60", "0630", "06:30:00", "", "٠٦:٣٠", "06:30\n"])
def test_a_time_of_day_that_is_none_is_wrong_usage(until: str) -> None:
    with pytest.raises(UsageError, match="HH:MM") as caught:
        load_sync_settings({}, until=until)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("until", ["00:00", "06:30", "23:59"])
def test_a_time_of_day_is_kept(until: str) -> None:
    assert load_sync_settings({}, until=until).until == until


def test_other_wrong_options_are_wrong_usage_too() -> None:
    with pytest.raises(UsageError, match="--max-writes"):
        load_sync_settings({}, max_writes=-1)
    with pytest.raises(UsageError, match="--scope"):
        load_sync_settings({}, scopes=["users", " "])
    assert load_sync_settings({}, max_writes=0).max_writes == 0


def test_dbt_sees_every_setting_even_those_that_are_not_set() -> None:
    assert load_sync_settings({}).dbt_environment() == {
        "N2F_SANDBOX": "false",
        "N2F_SANDBOX_COMPANY": "",
        "N2F_SYNC_ACTIONS": "create,update",
        "N2F_SYNC_SCOPES": "",
        "N2F_SYNC_ONLY_COMPANIES": "",
        "N2F_SYNC_ONLY_MAILS": "",
        "N2F_SYNC_ALLOW_MASS": "",
    }


def test_dbt_sees_lists_in_a_stable_order() -> None:
    settings = load_sync_settings(
        {
            "N2F_SANDBOX": "true",
            "N2F_SANDBOX_COMPANY": "TEST",
            "N2F_SYNC_ACTIONS": "delete,update,create",
            "N2F_SYNC_SCOPES": "users,plates",
            "N2F_SYNC_ONLY_COMPANIES": "C2,C1",
            "N2F_SYNC_ONLY_MAILS": "b@example.com,a@example.com",
        },
        allow_mass=["update", "create"],
    )
    assert settings.dbt_environment() == {
        "N2F_SANDBOX": "true",
        "N2F_SANDBOX_COMPANY": "TEST",
        "N2F_SYNC_ACTIONS": "create,update,delete",
        "N2F_SYNC_SCOPES": "plates,users",
        "N2F_SYNC_ONLY_COMPANIES": "C2,C1",
        "N2F_SYNC_ONLY_MAILS": "b@example.com,a@example.com",
        "N2F_SYNC_ALLOW_MASS": "create,update",
    }


def test_no_action_at_all_cannot_be_taken_for_the_default() -> None:
    settings = load_sync_settings({}, create=False, update=False)
    assert settings.dbt_environment()["N2F_SYNC_ACTIONS"] == "none"
    assert load_sync_settings(settings.dbt_environment()).actions == frozenset()
