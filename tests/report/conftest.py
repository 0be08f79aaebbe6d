"""One night of the sample with hostile values, one report of it, and one browser for all tests of the page."""

from __future__ import annotations

import csv
import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from demo.harness import DemoN2F
from loader.cli import main
from tests.end_to_end import Ended, Site, site_on
from tests.engines import Engine
from tests.report import scene
from tests.report.browser import browser, chromium


@dataclass(frozen=True, kw_only=True)
class Night:
    """A night that had much to tell."""

    site: Site
    ended: Ended
    run_id: str
    refused: str


@pytest.fixture(scope="package")
def night(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A run that failed, skipped, withheld and rejected something, after 28 nights; what a report is refused before."""
    with (
        DemoN2F(scene.hostile_world()) as n2f,
        site_on(engine, tmp_path_factory.mktemp("night"), n2f) as site,
    ):
        refused = site.command("report").err
        scene.load_sample(site, hostile=True)
        ended = scene.run_night(site)
        run_id = ended.json()["run_id"]
        scene.add_history(site, run_id)
        n2f.reset_stats()
        yield Night(site=site, ended=ended, run_id=run_id, refused=refused)


def told(night: Night, *arguments: str) -> Ended:
    """What the command line says and ends with, run in this process and in the site's folder: dbt is imported once."""
    logger = logging.getLogger("loader")
    handlers, level, propagates = logger.handlers, logger.level, logger.propagate
    before = Path.cwd(), sys.argv, os.environ.copy(), os.umask(0o022)
    out, err = io.StringIO(), io.StringIO()
    try:
        os.chdir(night.site.folder)
        os.environ.update(night.site.environment)
        sys.argv = ["n2f-sync", *arguments]
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ending:
            main()
    finally:
        os.chdir(before[0])
        sys.argv = before[1]
        os.environ.clear()
        os.environ.update(before[2])
        os.umask(before[3])
        logger.handlers, logger.level, logger.propagate = handlers, level, propagates
    return Ended(code=int(ending.value.code or 0), out=out.getvalue(), err=err.getvalue())


@pytest.fixture(scope="package")
def report(night: Night) -> dict[str, Any]:
    """What `--json` says of the night."""
    return told(night, "report", "--json").json()


@pytest.fixture(scope="package")
def csv_rows(night: Night) -> list[dict[str, str]]:
    """The file of the night, as a program reads it."""
    ended = told(night, "report", "--csv", "--output", "results.csv")
    assert ended.code == 0, ended.err
    return list(
        csv.DictReader(io.StringIO((night.site.folder / "results.csv").read_text("utf-8-sig"), newline=""))
    )


@pytest.fixture(scope="package")
def html(night: Night) -> Path:
    """The page of the night."""
    ended = told(night, "report", "--output", "page.html")
    assert ended.code == 0, ended.err
    return night.site.folder / "page.html"


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """The browser; started once."""
    if chromium() is None:
        pytest.skip("this machine has no chromium (Debian: apt-get install chromium)")
    with browser() as started:
        yield started


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A page in the browser, what it asked the network for, and what it complained about."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture
def opened(chrome: Browser, html: Path) -> Iterator[Opened]:
    """The page, opened anew."""
    yield from open_page(chrome, html)


def open_page(chrome: Browser, html: Path, **context: Any) -> Iterator[Opened]:
    """Open a page in a context of its own."""
    requests: list[str] = []
    complaints: list[str] = []

    def asked(request: Request) -> None:
        requests.append(request.url)

    def said(message: ConsoleMessage) -> None:
        complaints.append(message.text)

    page = chrome.new_page(viewport={"width": 1280, "height": 900}, **context)
    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(html.as_uri())
    yield Opened(page=page, requests=requests, complaints=complaints)
    page.close()
