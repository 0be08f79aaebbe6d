"""The page of a night in a real browser: what it shows, its filters, the keyboard, both themes, and hostile values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.report import scene
from tests.report.conftest import Night, Opened, open_page

NEEDS = "section.needs"
OF_EXE = """
    exists (
        select 1 from n2f_sync.planned_changes as changes
        inner join n2f_staging.stg_n2f__companies as companies
            on concat(changes.path_params_json, coalesce(changes.payload_json, changes.previous_json))
            like concat('%"', companies.company_uuid, '"%')
        where
            companies.company_code = 'EXE' and changes.plan_id = push_results.plan_id
            and changes.sequence = push_results.sequence
    )
"""


def shown_rows(page: Page, table: str = "changes") -> int:
    """How many rows of a table a person sees."""
    return page.locator(f"#{table} tbody tr:visible").count()


def status(page: Page, table: str = "changes") -> str:
    """What is announced of a table."""
    return page.locator(f"#{table}-status").inner_text()


def in_results(night: Night, condition: str) -> int:
    """How many results of the night there are, by SQL of the test's own."""
    ((count,),) = night.site.rows(f"select count(*) from n2f_sync.push_results where {condition}")
    return int(count)


def test_what_needs_a_person_comes_first(opened: Opened) -> None:
    first = opened.page.locator("main > section").first
    told = first.inner_text()
    assert first.locator("h2").inner_text() == "Needs a person"
    for words in (
        "14 deletes of subposts, N2F holds 39",
        "n2f-sync run --delete --allow-mass-delete",
        "2 creates of users",
        "N2F answered 409: Report Nº 42 is open",
        "the oldest fails since",
        "which was not sent successfully before",
        "possible_rename",
    ):
        assert words in told
    assert told.index("guard") < told.index("failed") < told.index("skipped") < told.index("rejected")


def test_every_change_and_every_rejected_row_is_there(
    opened: Opened, night: Night, report: dict[str, Any]
) -> None:
    rows = opened.page.locator("#changes tbody tr")
    assert rows.count() == report["change_count"] == in_results(night, "1 = 1")
    assert opened.page.locator("#rejected tbody tr").count() == report["rejected_count"] + 1
    held = opened.page.locator("#rejected tbody tr", has_text=scene.HELD)
    assert "held by a DBA" in held.inner_text()
    assert "asked for by the works council" in held.inner_text()


def test_an_update_shows_old_and_new_of_each_field_that_changes(opened: Opened) -> None:
    row = opened.page.locator("#changes tbody tr", has_text="helene.accentier@fictis.example")
    assert (row.locator("del").inner_text(), row.locator("ins").inner_text()) == ('"Helene"', '"Hélène"')
    assert row.locator(".f").all_inner_texts() == ["firstname"]


def test_rejected_rows_say_since_when_and_in_how_many_plans(opened: Opened, night: Night) -> None:
    ((first,),) = night.site.rows("select min(created_at) from n2f_sync.plans")
    row = opened.page.locator("#rejected tbody tr", has_text="max.nullepart@fictis.example")
    assert f"{first:%Y-%m-%d %H:%M}" in row.inner_text()
    assert row.locator("td").last.inner_text().split()[0] == "2"


@pytest.mark.parametrize(
    ("label", "value", "condition"),
    [
        ("Scope", "projects", "scope = 'projects'"),
        ("Action", "delete", "action = 'delete'"),
        ("Result", "failed", "status = 'failed'"),
        ("Company", "EXE", OF_EXE),
    ],
)
def test_a_filter_leaves_the_rows_that_it_says(
    opened: Opened, night: Night, label: str, value: str, condition: str
) -> None:
    page = opened.page
    before = shown_rows(page)
    page.get_by_role("form", name="Filter the changes").get_by_label(label).select_option(value)
    left = in_results(night, condition)
    assert 0 < left < before
    assert shown_rows(page) == left
    assert status(page).startswith(f"{left} of {before} rows")


def test_filters_narrow_each_other_and_are_taken_back(opened: Opened, night: Night) -> None:
    page = opened.page
    form = page.get_by_role("form", name="Filter the changes")
    form.get_by_label("Scope").select_option("users")
    form.get_by_label("Result").select_option("skipped")
    form.get_by_label("Text").fill("ANTOINE.milieux")
    assert shown_rows(page) == in_results(night, "status = 'skipped' and scope = 'users'")
    form.get_by_label("Text").fill("nobody has this")
    assert shown_rows(page) == 0
    form.get_by_role("button", name="Show all").click()
    page.wait_for_function("document.querySelectorAll('#changes tr.on').length > 3")
    assert status(page) == f"{in_results(night, '1 = 1')} of {in_results(night, '1 = 1')} rows"


def test_the_rows_of_what_needs_a_person_are_one_click_away(opened: Opened, night: Night) -> None:
    opened.page.locator(NEEDS).get_by_role("link", name="2 creates of users").first.click()
    assert shown_rows(opened.page) == 2
    assert in_results(night, "status = 'failed' and action = 'create'") == 2
    assert (
        opened.page.get_by_role("form", name="Filter the changes").get_by_label("Result").input_value()
        == "failed"
    )
    opened.page.locator(NEEDS).get_by_role("link", name="duplicate_mail").click()
    assert set(opened.page.locator("#rejected tbody tr:visible td:nth-child(3)").all_inner_texts()) == {
        "duplicate_mail"
    }


def test_the_keyboard_alone_is_enough(opened: Opened) -> None:
    page = opened.page
    before = shown_rows(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to what needs a person"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "scope":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("u")
    assert page.evaluate("document.activeElement.value") == "users"
    assert 0 < shown_rows(page) < before
    for _ in range(5):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('#changes tr.on').length === {before}")


def test_nothing_is_asked_of_a_network_and_nothing_complains(opened: Opened, html: Path) -> None:
    page = opened.page
    page.get_by_role("form", name="Filter the changes").get_by_label("Scope").select_option("users")
    for summary in page.locator("summary").all():
        summary.click()
    assert opened.requests == [html.as_uri()]
    assert opened.complaints == []


def test_the_policy_of_the_page_lets_no_other_script_run(opened: Opened) -> None:
    opened.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.owned = 1';"
        " document.body.append(s); const i = new Image(); i.src = 'https://evil.example/x'; document.body.append(i); }"
    )
    assert opened.page.evaluate("window.owned") is None
    assert any("Content Security Policy" in text for text in opened.complaints)


def test_hostile_values_stay_text(opened: Opened) -> None:
    page = opened.page
    assert "owned" not in page.title()
    assert page.locator("main img, main iframe, main script, main b").count() == 0
    shown = page.locator("#changes").inner_text()
    assert scene.SCRIPT in shown
    assert "<img src=x onerror=alert(1)>" in shown
    assert '"<b>\\"Vertrekman\\""' in shown
    assert "מנהל \ufffdtxt.exe" in shown
    assert "\u202e" not in page.content()
    assert f"… ({len(scene.LONG.strip()) + 2} characters)" in shown
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_audit_of_accessibility_finds_nothing(chrome: Browser, html: Path, scheme: str) -> None:
    for opened in open_page(chrome, html, color_scheme=scheme):
        for summary in opened.page.locator("summary").all():
            summary.click()
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        results = Axe().run(opened.page, options={"runOnly": tags})
        assert results.violations_count == 0, results.generate_report()
        passed = {rule["id"] for rule in results.response["passes"]}
        assert {"color-contrast", "label", "svg-img-alt", "html-has-lang", "skip-link"} <= passed


def test_it_is_dark_where_the_reader_is(chrome: Browser, html: Path) -> None:
    lightness = {}
    for scheme in ("light", "dark"):
        for opened in open_page(chrome, html, color_scheme=scheme):
            colour = opened.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            lightness[scheme] = sum(int(part) for part in colour.strip("rgb()").split(","))
    assert lightness["dark"] < 150
    assert lightness["light"] > 600


def test_without_scripts_everything_is_shown(chrome: Browser, html: Path, report: dict[str, Any]) -> None:
    for opened in open_page(chrome, html, java_script_enabled=False):
        assert opened.page.locator("#changes tbody tr:visible").count() == report["change_count"]
        assert opened.page.locator("form:visible").count() == 0


def test_a_narrow_screen_scrolls_in_one_direction_alone(chrome: Browser, html: Path) -> None:
    for opened in open_page(chrome, html):
        opened.page.set_viewport_size({"width": 390, "height": 844})
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_calls_of_the_run_are_counted_minute_by_minute(opened: Opened, night: Night) -> None:
    ((reads, writes, minutes),) = night.site.rows(
        "select sum(read_count), sum(write_count), count(*) from n2f_sync.run_minutes"
        f" where run_id = '{night.run_id}'"
    )
    told = opened.page.locator("#quota").inner_text()
    assert f"{reads} reads in " in told
    assert f"{writes} writes in " in told
    assert opened.page.locator("#quota tbody tr").count() == minutes
    assert "before 0 repeated attempts" in told


def test_the_trend_holds_thirty_nights_and_shows_those_without_a_run(
    opened: Opened, report: dict[str, Any]
) -> None:
    drawing = opened.page.get_by_role("img", name="Changes not sent and rows rejected, of each night")
    assert drawing.count() == 1
    assert "In the last night: 6 failed or skipped" in str(drawing.locator("desc").first.text_content())
    assert opened.page.locator("svg.sent .bar").count() == 30
    assert len(report["nights"]) == 27
    assert opened.page.locator("#trend tbody tr").count() == 27
