"""Word of how a run ended: what is sent when, to whom, what it never says, and that it changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from loader.aftermath import Aftermath
from loader.ended import Ended, EndedRun, History
from loader.errors import ConfigurationError, DataError, LockedError
from loader.notice import Notice, event_of
from loader.notify import body_of, send
from loader.notify_settings import EVENTS, NotifySettings, load_notify_settings
from loader.runs import Run
from loader.summary import Summary
from loader.sync import push_a_plan
from loader.transport import new_session
from loader.workplace import Job, Workplace
from tests.demo.client import make_user
from tests.engines import Environment
from tests.loader.receivers import mail_server, webhook
from tests.loader.test_logs import n2f_sync, settings
from tests.loader.test_summary import add_guard, reject
from tests.loader.workbench import Row, make_plan, user

RECOGNISABLE = ("prudence", "penelope", "fictis.example", "Zanzibar", "REJECTED-KEY", "s3cret", "hush")
MAIL = {"MAIL_TO": "a@example.com", "MAIL_FROM": "b@x.example", "SMTP_HOST": "mx"}
NOTICE = Notice(event="failure", title="A title", lines=("one", "two"), fields={"exit_code": 1})


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate that nobody trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("this machine has no openssl, which makes the certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    options = (
        "req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        [openssl, *options.split(), "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True
    )
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def told(place: Workplace, work: Callable[[Workplace], Summary], **env: str) -> Summary:
    """Carry out a push as the command line does."""
    return Aftermath("push", env, metrics_file=None, is_dry_run=False).watch(lambda: place, work)


def push(place: Workplace, rows: list[Row], url: str, **env: str) -> Summary:
    with place.database.connect() as warehouse:
        plan = make_plan(warehouse, rows, base_url=place.env["N2F_BASE_URL"])
    return told(place, lambda at: push_a_plan(at, plan_id=plan.plan_id), N2F_SYNC_WEBHOOK_URL=url, **env)


REFUSED = user("prudence", payload=make_user("prudence@fictis.example", role="Zanzibar"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send a process this signal")
def test_a_signal_while_word_is_sent_changes_nothing_of_what_was_shown_before(
    place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[int] = []
    with place.database.connect() as warehouse:
        plan = make_plan(warehouse, [REFUSED], base_url=place.env["N2F_BASE_URL"])

    def show(summary: Summary) -> None:
        shown.append(summary.exit_code)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()

    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the connection and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        after = Aftermath("push", {"N2F_SYNC_WEBHOOK_URL": url}, metrics_file=None, is_dry_run=False)
        summary = after.watch(lambda: place, lambda at: push_a_plan(at, plan_id=plan.plan_id), show=show)
    assert shown == [summary.exit_code] == [3]
    assert "interrupted" in caplog.text


def test_where_a_redirect_leads_is_not_looked_at() -> None:
    with webhook() as posts, new_session(posts.url) as session:
        posts.status, posts.location = 302, "https://elsewhere.example/"
        answer = session.post(posts.url, json={}, allow_redirects=False)
        assert (answer.status_code, session.get_redirect_target(answer)) == (302, None)


def test_word_is_sent_of_failure_and_of_the_recovery_after_it_once(place: Workplace) -> None:
    with webhook() as posts:
        assert push(place, [user("a")], posts.url).exit_code == 0
        assert posts.bodies == []
        assert push(place, [REFUSED], posts.url).exit_code == 3
        assert push(place, [user("b")], posts.url).exit_code == 0
        assert push(place, [user("c")], posts.url).exit_code == 0
    assert [(body["event"], body["exit_code"]) for body in posts.bodies] == [
        ("incomplete", 3),
        ("recovery", 0),
    ]
    assert posts.bodies[0]["counts"][0]["failed"] == 1
    assert posts.bodies[1]["title"] == "n2f-sync is in step again (exit code 0)"


def test_word_is_sent_of_an_error_that_stopped_the_run_and_of_one_before_it(place: Workplace) -> None:
    def fail(at: Workplace) -> Summary:
        def work(_: Job) -> Summary:
            raise DataError("prudence@fictis.example is wrong", doing="x", remedy="y")

        return at.recorded("push", work)

    def missing() -> Workplace:
        raise ConfigurationError("N2F_BASE_URL is not set", doing="x", remedy="y")

    with webhook() as posts:
        with pytest.raises(DataError):
            told(place, fail, N2F_SYNC_WEBHOOK_URL=posts.url)
        after = Aftermath("run", {"N2F_SYNC_WEBHOOK_URL": posts.url}, metrics_file=None, is_dry_run=False)
        with pytest.raises(ConfigurationError):
            after.watch(missing, lambda _: pytest.fail("it began"))
    first, second = posts.bodies
    assert (first["event"], first["error"], first["status"]) == ("failure", "data", "failed")
    assert first["run_id"] is not None
    assert (second["error"], second["run_id"]) == ("configuration", None)
    assert "prudence" not in json.dumps(posts.bodies)


def test_a_run_that_meets_another_one_at_work_tells_nothing(place: Workplace) -> None:
    def locked(_: Workplace) -> Summary:
        raise LockedError("another run is at work", doing="x", remedy="y")

    with webhook() as posts, pytest.raises(LockedError):
        told(place, locked, N2F_SYNC_WEBHOOK_URL=posts.url)
    assert posts.bodies == []


def test_nothing_is_sent_unless_an_address_is_named(place: Workplace) -> None:
    with webhook() as posts:
        assert push(place, [REFUSED], "").exit_code == 3
    assert posts.bodies == []
    assert load_notify_settings({}) == NotifySettings()


def ended(code: int, *, before: int | None = None, is_dry: bool = False) -> Ended:
    """A run that ended with one code after a run that ended with another."""
    at = dt.datetime(2026, 11, 25)  # noqa: DTZ001
    run = Run(run_id="r1", command="run", started_at=at, is_dry_run=is_dry)
    history = History(previous_exit_code=before, last_success=None)
    of_run = EndedRun(run=run, status="", exit_code=code, finished_at=at, metrics=None, history=history)
    return Ended(command="run", is_dry=is_dry, exit_code=code, run=of_run)


@pytest.mark.parametrize(
    ("of", "settings", "event"),
    [
        (ended(1), {}, "failure"),
        (ended(4), {}, "guard"),
        (ended(3), {}, "incomplete"),
        (ended(0), {}, None),
        (ended(0, before=0), {}, None),
        *((ended(0, before=code), {}, "recovery") for code in (1, 3, 4)),
        (ended(0, before=5), {}, None),
        (ended(3), {"N2F_SYNC_NOTIFY_ON": "failure,guard,recovery"}, None),
        (ended(0, before=3), {"N2F_SYNC_NOTIFY_ON": "failure,guard,recovery"}, None),
        (ended(0, before=1), {"N2F_SYNC_NOTIFY_ON": "failure"}, None),
        (ended(1, is_dry=True), {}, None),
        (ended(4, is_dry=True), {"N2F_SYNC_NOTIFY_DRY_RUNS": "true"}, "guard"),
        (ended(0, before=1, is_dry=True), {"N2F_SYNC_NOTIFY_DRY_RUNS": "true"}, None),
        (ended(2), {}, None),
        (ended(5), {}, None),
    ],
)  # fmt: skip
def test_what_is_told_is_a_rule(of: Ended, settings: dict[str, str], event: str | None) -> None:
    assert event_of(of, load_notify_settings(settings)) == event


@pytest.mark.parametrize("shape", ["json", "slack", "teams"])
def test_what_is_told_names_nobody(place: Workplace, n2f: DemoN2F, shape: str) -> None:
    n2f.add_fault("status", status=422, path_regex="users", times=1, body="no Zanzibar for penelope")
    with place.database.connect() as warehouse:
        add_guard(warehouse, "over_limit")
        reject(warehouse)
        warehouse.execute(
            "update {n2f_diff.rejected_rows} set entity_key = 'REJECTED-KEY', detail = 'penelope'"
        )
    rows = [
        REFUSED,
        user("penelope", needs=["prudence"]),
        user("fictis", action="delete", decision="withheld", reason="guard"),
    ]
    with webhook() as posts, mail_server() as mailbox:
        summary = push(
            place, rows, posts.url, N2F_SYNC_WEBHOOK_FORMAT=shape, N2F_SYNC_SMTP_HOST="127.0.0.1",
            N2F_SYNC_SMTP_PORT=str(mailbox.port), N2F_SYNC_SMTP_STARTTLS="false",
            N2F_SYNC_MAIL_TO="ops@example.com, dba@example.com", N2F_SYNC_MAIL_FROM="sync@example.com",
        )  # fmt: skip
    assert summary.exit_code == 4
    (body,), (mail,) = posts.bodies, mailbox.mails
    sent = json.dumps(body), mail.as_string()
    for text in sent:
        assert "14 of 39" in text
        assert "bad_date" in text
        assert summary.run.run_id in text.replace("=\n", "")
        assert [word for word in RECOGNISABLE if word.lower() in text.lower()] == []
    assert mailbox.recipients == [["ops@example.com", "dba@example.com"]]
    assert mail["Subject"] == "n2f-sync: a guard withheld changes (exit code 4)"


def test_each_receiver_gets_the_form_that_it_takes() -> None:
    assert body_of(NOTICE, "slack") == {"text": "*A title*\none\ntwo"}
    card = body_of(NOTICE, "teams")["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [block["text"] for block in card["content"]["body"]] == ["A title", "one", "two"]
    assert body_of(NOTICE, "json") == {"title": "A title", "text": "one\ntwo", "exit_code": 1}


def settings_for(**env: str) -> NotifySettings:
    return load_notify_settings({f"N2F_SYNC_{name}": text for name, text in env.items()})


def test_a_receiver_that_refuses_or_redirects_is_a_warning_and_is_not_followed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with webhook() as elsewhere, webhook() as posts:
        posts.status, posts.location = 307, elsewhere.url
        send(NOTICE, settings_for(WEBHOOK_URL=posts.url))
        assert (len(posts.bodies), elsewhere.bodies) == (1, [])
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "no word of this run could be sent to the webhook at 127.0.0.1: it answered 307" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_certificate_that_nobody_trusts_is_not_sent_to(
    tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook(tls) as posts, mail_server(tls) as mailbox:
        send(NOTICE, settings_for(WEBHOOK_URL=posts.url))
        send(NOTICE, settings_for(
            SMTP_HOST="127.0.0.1", SMTP_PORT=str(mailbox.port), SMTP_USER="u", SMTP_PASSWORD="hush",
            MAIL_TO="a@example.com", MAIL_FROM="b@example.com",
        ))  # fmt: skip
    assert (posts.bodies, mailbox.mails, mailbox.logins) == ([], [], [])
    # Of the loader alone: the mail server may have a word on the broken handshake too.
    assert [record.name for record in caplog.records].count("loader.notify") == 2
    assert not any(word in caplog.text for word in RECOGNISABLE)


def test_a_server_without_starttls_gets_no_password_where_it_is_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with mail_server() as mailbox:
        send(NOTICE, settings_for(
            SMTP_HOST="127.0.0.1", SMTP_PORT=str(mailbox.port), SMTP_USER="u", SMTP_PASSWORD="hush",
            MAIL_TO="a@example.com", MAIL_FROM="b@example.com",
        ))  # fmt: skip
        assert (mailbox.mails, mailbox.logins) == ([], [])
    assert "the mail server 127.0.0.1" in caplog.text


def test_a_user_and_password_log_in() -> None:
    with mail_server() as mailbox:
        send(NOTICE, settings_for(
            SMTP_HOST="127.0.0.1", SMTP_PORT=str(mailbox.port), SMTP_USER="u", SMTP_PASSWORD="hush",
            SMTP_STARTTLS="false", MAIL_TO="a@example.com", MAIL_FROM="b@example.com",
        ))  # fmt: skip
        assert mailbox.logins == [(b"u", b"hush")]
        assert (
            mailbox.mails[0].get_content() == "one\r\ntwo\r\n"
            or mailbox.mails[0].get_content() == "one\ntwo\n"
        )


def test_that_nobody_listens_does_not_change_the_exit_code(
    place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook() as posts:
        closed = posts.url
    assert push(place, [REFUSED], closed).exit_code == 3
    assert "no word of this run could be sent to the webhook at 127.0.0.1: ConnectionError" in caplog.text


def test_the_command_line_does_all_of_it(
    environment: Environment, place: Workplace, n2f: DemoN2F, tmp_path: Path
) -> None:
    with place.database.connect() as warehouse:
        make_plan(warehouse, [REFUSED], base_url=n2f.base_url)
    path = tmp_path / "n2f_sync.prom"
    with webhook() as posts:
        env = settings(environment, n2f, N2F_SYNC_WEBHOOK_URL=posts.url)
        done = n2f_sync(env, "push", "--metrics-file", str(path))
        assert done.returncode == 3, done.stderr
        again = n2f_sync(env, "push", "--dry-run", "--metrics-file", str(path))
        assert again.returncode == 1, again.stderr
    assert [body["event"] for body in posts.bodies] == ["incomplete"]
    assert "n2f_sync_last_run_exit_code 1.0" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644 or sys.platform == "win32"
    assert "What needs a person, most urgent first" in done.stdout


@pytest.mark.parametrize(
    ("env", "problem"),
    [
        ({"WEBHOOK_URL": "http://hooks.example.com/s3cret"}, "is http"),
        ({"WEBHOOK_URL": "hooks.example.com/s3cret"}, "is no URL"),
        ({"WEBHOOK_FORMAT": "xml"}, "N2F_SYNC_WEBHOOK_FORMAT is 'xml'"),
        ({"NOTIFY_ON": "everything"}, "N2F_SYNC_NOTIFY_ON is 'everything'"),
        ({"NOTIFY_DRY_RUNS": "perhaps"}, "N2F_SYNC_NOTIFY_DRY_RUNS is 'perhaps'"),
        ({"MAIL_TO": "a@example.com"}, "N2F_SYNC_MAIL_FROM and N2F_SYNC_SMTP_HOST is not set"),
        ({**MAIL, "MAIL_TO": "no mail"}, "N2F_SYNC_MAIL_TO holds"),
        ({**MAIL, "MAIL_FROM": "b@x.example\r\nBcc: c@x.example"}, "MAIL_FROM holds"),
        *(({**MAIL, "MAIL_TO": odd}, "MAIL_TO holds") for odd in ("<a@b>", "a@@b", "a@[")),
        ({**MAIL, "SMTP_PORT": "smtp"}, "SMTP_PORT is"),
        ({**MAIL, "SMTP_USER": "u"}, "need each other"),
        ({**MAIL, "SMTP_USER": "u",
          "SMTP_PASSWORD": "hush", "SMTP_STARTTLS": "false"}, "in clear text"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong_are_refused_before_anything_starts(
    env: dict[str, str], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem) as raised:
        settings_for(**env)
    assert not any(word in str(raised.value) for word in RECOGNISABLE)


def test_secrets_do_not_stand_in_the_settings_that_are_printed() -> None:
    settings = settings_for(
        WEBHOOK_URL="https://hooks.example.com/s3cret", SMTP_HOST="mx", SMTP_USER="u", SMTP_PASSWORD="hush",
        MAIL_TO="a@example.com", MAIL_FROM="b@example.com",
    )  # fmt: skip
    assert not any(word in repr(settings) for word in RECOGNISABLE)
    assert settings.events == frozenset(EVENTS)
