"""Bars as SVG that a page with a strict policy may hold."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from loader.report_charts import stacked_bars


def drawn(*arguments: Any) -> ET.Element:
    """Bars, as a browser reads them."""
    return ET.fromstring(stacked_bars("calls", *arguments))  # noqa: S314 - our own


@pytest.mark.parametrize("count", [1, 2, 15, 16, 480])
@pytest.mark.parametrize("figure", [0, 1, 50])
def test_any_number_of_bars_of_any_height_is_drawn(count: int, figure: int) -> None:
    labels = [f"{number // 60:02}:{number % 60:02}" for number in range(count)]
    svg = drawn("T", "D", labels, [("used", [figure] * count), ("left", [3] * count)])
    bars = [bar for bar in svg.iter("g") if bar.get("class") == "bar"]
    assert len(bars) == 2 * count
    assert str(bars[0].findtext("title")) == f"00:00: {figure} used"
    assert 0 < sum(1 for text in svg.iter("text") if ":" in str(text.text)) <= 16


@pytest.mark.parametrize("figure", [0, 1, 2, 3, 5, 7, 11, 23, 49, 310])
def test_the_steps_of_the_vertical_axis_are_whole_and_no_two_say_the_same(figure: int) -> None:
    svg = drawn("T", "D", ["a"], [("used", [figure])])
    (axis,) = [group for group in svg.iter("g") if group.get("class") == "axis y always_show"]
    steps = [int(str(text.text).replace(",", "")) for text in axis.iter("text")]
    assert len(steps) == len(set(steps))
    assert len({after - before for before, after in pairwise(steps)}) == 1


def test_it_names_itself_and_brings_no_script_style_or_link() -> None:
    text = stacked_bars("calls", "Title & all", "<desc>", ["a"], [("used", [1])])
    svg = drawn("Title & all", "<desc>", ["a"], [("used", [1])])
    assert svg.get("aria-labelledby") == "calls-title calls-desc"
    assert [svg.findtext("title"), svg.findtext("desc")] == ["Title & all", "<desc>"]
    assert {element.tag for element in svg.iter()} <= {
        "svg",
        "title",
        "desc",
        "defs",
        "g",
        "rect",
        "path",
        "text",
    }
    assert "http" not in text
    assert "style=" not in text


def test_a_stack_is_as_high_as_its_parts() -> None:
    svg = drawn("T", "D", ["a", "b"], [("x", [10, 20]), ("y", [30, 20])])
    bars = [bar for bar in svg.iter("g") if bar.get("class") == "bar"]
    heights = [float(str(rect.get("height"))) for bar in bars for rect in bar.iter("rect")]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.01)
    assert heights[2] == pytest.approx(3 * heights[0], abs=0.01)
    assert heights[0] + heights[2] == pytest.approx(heights[1] + heights[3], abs=0.01)
