"""Make the pictures of docs/report.md: `python -m tests.report [PAGE]`. It takes some ten minutes.

The run is a real one at the pace of N2F's quotas; the nights before it are made up, and so is since when the sample's
rows are rejected. A page that is named is kept, and taken where it is there already.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser

from demo.harness import DemoN2F
from demo.sample import sample_world
from loader.database import utc_now
from tests.end_to_end import Site, site_on
from tests.engines import ROOT, DuckDBEngine
from tests.report import scene
from tests.report.browser import browser

IMAGES = ROOT / "docs" / "images"
PACED = {"N2F_READS_PER_MINUTE": "", "N2F_WRITES_PER_MINUTE": ""}


def main() -> None:
    """Run the sample, report it, and take three pictures."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(*sys.argv[1:2]).absolute() if sys.argv[1:] else Path(folder) / "page.html"
        if not page.exists():
            make(page, Path(folder))
        IMAGES.mkdir(exist_ok=True)
        with browser() as chrome:
            take(chrome, page, "report", width=1280, height=1000)
            take(chrome, page, "report-narrow", width=390, height=844)
            take(chrome, page, "report-dark", width=1280, height=1420, scheme="dark", section="#quota")


def make(page: Path, folder: Path) -> None:
    """Run the sample and report it."""
    with DemoN2F(sample_world()) as n2f, site_on(DuckDBEngine(), folder, n2f) as site:
        scene.load_sample(site, hostile=False)
        ended = scene.run_night(site, **PACED)
        scene.add_history(site, ended.json()["run_id"])
        _age_first_plan(site)
        assert site.command("report", "--output", str(page)).code == 0


def take(
    chrome: Browser,
    page: Path,
    name: str,
    *,
    width: int,
    height: int,
    scheme: str = "light",
    section: str = "",
) -> None:
    """Take a picture of what such a window shows, scrolled to a section."""
    opened = chrome.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    opened.goto(page.as_uri())
    if section:
        opened.locator(section).evaluate("section => section.scrollIntoView()")
    opened.screenshot(path=IMAGES / f"{name}.png")
    opened.close()


def _age_first_plan(site: Site) -> None:
    with site.engine.connect(site.environment) as connection:
        earlier = utc_now() - timedelta(days=12)
        connection.execute(
            f"update n2f_sync.plans set created_at = '{earlier:%Y-%m-%dT%H:%M:%S}'"
            " where plan_id = (select min(plan_id) from n2f_sync.plans)"
        )


if __name__ == "__main__":
    main()
