"""What deploys cannot run here; it is read closely, and what documents say of it is there."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pathspec
import pytest

from loader.variables import VARIABLES
from tests.engines import NO_ODBC, ROOT, has_odbc

DEPLOY = ROOT / "deploy"
DOCKERFILE = ROOT / "Dockerfile"
UNITS = sorted((DEPLOY / "systemd").iterdir())
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
SECRET = re.compile("SECRET|PASSWORD|CLIENT_ID|TOKEN")


# The container


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each in one line, comments left out."""
    lines = [line for line in DOCKERFILE.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (word, " ".join(rest.split()))
        for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)
    ]


def told(word: str) -> list[str]:
    """What the instructions of one kind say."""
    return [rest for name, rest in instructions() if name == word]


def test_the_image_starts_from_a_pinned_tag_of_debian_slim() -> None:
    (image,) = told("FROM")
    assert re.fullmatch(r"python:3\.1[12]\.\d+-slim-bookworm", image)


def test_the_image_is_installed_as_make_setup_installs() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    commands = [command for rest in told("RUN") for command in rest.split(" && ") if "pip install" in command]
    wanted = re.findall(r"-m pip install .*", makefile)
    assert len(wanted) == len(commands) == 2
    for ours, theirs in zip(commands, wanted, strict=True):
        words = set(shlex.split(theirs)) - {"--quiet", "--disable-pip-version-check"}
        assert words <= set(shlex.split(ours))


def test_the_image_runs_as_nobody_in_particular_and_ends_with_our_exit_code() -> None:
    words = [word for word, _ in instructions()]
    (user,) = told("USER")
    assert user.isdecimal()
    assert int(user) > 0
    assert f"--uid {user} " in " ".join(told("RUN"))
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert not {"RUN", "COPY"} & set(words[words.index("USER") :])
    assert told("ENTRYPOINT") == ['["n2f-sync"]']


def test_the_image_holds_no_secret() -> None:
    assert told("ARG") == []
    set_here = [name for rest in told("ENV") for name in re.findall(r"(\w+)=", rest)]
    assert [name for name in set_here if SECRET.search(name)] == []
    assert "ADD" not in [word for word, _ in instructions()]


def test_what_the_image_writes_is_in_its_volume() -> None:
    (volume,) = re.findall(r'"([^"]+)"', told("VOLUME")[0])
    (environment,) = told("ENV")
    paths = dict(re.findall(r"(N2F_\w+|DBT_\w+)=(\S+)", environment))
    assert set(paths) == {"N2F_SYNC_DUCKDB_PATH", "DBT_TARGET_PATH", "DBT_LOG_PATH"} <= set(VARIABLES)
    assert all(path.startswith(f"{volume}/") for path in paths.values())
    assert f"ln -s {volume} .n2f-sync" in " ".join(told("RUN"))


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out of the image; a folder that is let in lets in what is below it."""
    spec = pathspec.PathSpec.from_lines(
        "gitwildmatch", (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    )
    return spec.match_file(path)


def test_the_image_is_given_what_it_copies_and_nothing_private() -> None:
    copied = [source for rest in told("COPY") for source in rest.split()[:-1]]
    assert len(copied) > 5
    for source in copied:
        path = ROOT / source
        assert path.exists(), source
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        kept = [file for file in files if not ignored(str(file.relative_to(ROOT)))]
        assert kept, source
    for private in (
        ".env",
        "n2f.duckdb",
        ".git/config",
        "profiles.yml",
        ".n2f-sync/calls/x",
        "docs/runbook.md",
    ):
        assert ignored(private), private


def test_what_the_package_is_built_of_is_in_the_image() -> None:
    copied = {source.removeprefix("./") for rest in told("COPY") for source in rest.split()[:-1]}
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (packages,) = re.findall(r"(?m)^packages = \[(.*)\]$", project)
    assert set(re.findall(r'"(\w+)"', packages)) <= copied
    assert {"README.md", "LICENSE", "dbt_project.yml", "dbt_project", "profiles.yml.example"} <= copied


@pytest.mark.skipif(not has_odbc(), reason=NO_ODBC)
def test_the_driver_is_registered_under_the_name_that_is_the_default(tmp_path: Path) -> None:
    script = DEPLOY / "docker" / "register-driver.sh"
    file = tmp_path / "odbcinst.ini"
    subprocess.run(["sh", script, Path(sys.prefix), file], check=True)
    parsed = configparser.ConfigParser()
    parsed.read(file)
    assert parsed.sections() == [VARIABLES["N2F_SYNC_SQLSERVER_DRIVER"].default]
    assert Path(parsed[parsed.sections()[0]]["Driver"]).is_file()
    seen = subprocess.run(
        [sys.executable, "-c", "import pyodbc; print(pyodbc.drivers())"],
        env={"ODBCSYSINI": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert seen.strip() == str(parsed.sections())


# systemd


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """A unit: section, key, and its values in order."""
    found: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in (DEPLOY / "systemd" / name).read_text("utf-8").splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section.setdefault(key, []).append(value)
    return found


def test_the_service_is_confined_and_writes_where_it_has_to() -> None:
    service = unit("n2f-sync.service")["Service"]
    for key, value in {
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "NoNewPrivileges": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
        "User": "n2fsync",
        "EnvironmentFile": "/etc/n2f-sync/environment",
    }.items():
        assert service[key] == [value]
    state = f"/var/lib/{service['StateDirectory'][0]}/"
    assert all(text.partition("=")[2].startswith(state) for text in service["Environment"])
    assert {text.partition("=")[0] for text in service["Environment"]} <= set(VARIABLES)
    assert service["ReadWritePaths"] == ["/srv/n2f-sync/.n2f-sync"]


def test_refused_rows_do_not_ring_and_everything_else_does() -> None:
    service = unit("n2f-sync.service")
    assert service["Service"]["SuccessExitStatus"] == ["3"]
    (told_by,) = service["Unit"]["OnFailure"]
    assert (DEPLOY / "systemd" / told_by.replace("%N", "")).is_file()


def test_the_timer_starts_in_n2fs_night() -> None:
    (when,) = unit("n2f-sync.timer")["Timer"]["OnCalendar"]
    found = re.fullmatch(r"\*-\*-\* (\d\d):\d\d:00 (\S+)", when)
    assert found is not None
    assert int(found[1]) >= 20
    assert found[2] == VARIABLES["N2F_TIMEZONE"].default


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd-analyze")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text("utf-8").replace("/srv/n2f-sync/.venv/bin/n2f-sync", "/bin/true")
        (tmp_path / path.name).write_text(text)
    names = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])


# cron, Windows


def test_the_line_of_cron_calls_the_command_itself() -> None:
    lines = [
        line.lstrip("#")
        for line in (DEPLOY / "cron" / "n2f-sync").read_text("utf-8").splitlines()
        if "* * *" in line
    ]
    assert len(lines) == 2
    for line in lines:
        minute, hour, *days, user, command = line.split(maxsplit=6)
        assert minute.isdecimal()
        assert int(hour) >= 20
        assert days == ["*", "*", "*"]
        assert user == "n2fsync"
        assert command.startswith("/srv/n2f-sync/.venv/bin/n2f-sync run ")
        assert "%" not in command, "cron would make a line break of it"
        subprocess.run(["sh", "-n", "-c", command], check=True)


def test_the_task_of_windows_starts_the_script_that_is_there() -> None:
    task = ElementTree.parse(DEPLOY / "windows" / "n2f-sync.xml").getroot()  # noqa: S314 - our own file
    (arguments,) = [each.text or "" for each in task.iter(f"{TASK}Arguments")]
    assert arguments == r"/d /c C:\n2f-sync\nightly.cmd"
    assert (DEPLOY / "windows" / "nightly.cmd").is_file()
    (policy,) = [each.text for each in task.iter(f"{TASK}MultipleInstancesPolicy")]
    assert policy == "IgnoreNew"
    assert list(task.iter(f"{TASK}RestartOnFailure")) == []


def test_the_script_of_windows_is_the_one_that_its_page_explains() -> None:
    script = (DEPLOY / "windows" / "nightly.cmd").read_text("utf-8").splitlines()
    page = (ROOT / "docs" / "windows.md").read_text("utf-8")
    shown = page.partition("```bat\n")[2].partition("```")[0].splitlines()
    assert [line for line in script if not line.startswith("rem ")] == shown


# The page


def test_every_file_is_named_by_the_page() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    for path in DEPLOY.iterdir():
        assert f"deploy/{path.name}" in page
    for block in re.findall(r"(?s)```sh\n(.*?)```", page):
        subprocess.run(["sh", "-n", "-c", block], check=True)
