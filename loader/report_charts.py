"""Bars of the report as SVG that stands in the page. The only importer of `pygal`.

pygal computes the geometry; its scripts, styles and tool tips are taken out, since the page allows no script but its
own, and colours come from the page, light or dark.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pygal
from pygal.style import Style

# pygal hooks itself into every later import, by a protocol that Python 3.12 has dropped, to find plug-ins of its own.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

_SVG = "{http://www.w3.org/2000/svg}"
_WIDTH, _HEIGHT = 920, 200  # of the drawing; it scales with the page
_LABELS = 15  # of the horizontal axis, at most
_LOWEST_SCALE = 5  # so that the steps of the vertical axis are whole
_UNUSED = {f"{_SVG}style", f"{_SVG}script", f"{_SVG}desc", "style", "script", "desc"}
_KEPT = frozenset(
    {"class", "d", "height", "rx", "ry", "transform", "width", "x", "y", "x1", "x2", "y1", "y2", "viewBox"}
)


def stacked_bars(
    name: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[int]]],
) -> str:
    """Return bars, one per label, each a stack of the series from below.

    Args:
        name: of the chart in the page, a word; its title and description are named after it.
        title: what it shows.
        labels: of the bars; some of them stand below the axis.
        description: what there is to see, for those who do not see it; the figures stand in a table beside it.
        series: name and one figure per label.
    """
    chart = pygal.StackedBar(
        width=_WIDTH, height=_HEIGHT, show_legend=False, js=(), css=(), margin=6, spacing=8, truncate_label=-1,
        style=Style(label_font_size=12, major_label_font_size=12), max_scale=6, min_scale=2,
        show_minor_x_labels=False, x_labels_major_count=min(len(labels), _LABELS), no_prefix=True,
        value_formatter=lambda value: f"{value:,.0f}", include_x_axis=True, pretty_print=False,
    )  # fmt: skip
    tallest = max(map(sum, zip(*(figures for _, figures in series), strict=True)), default=0)
    chart.range = (0, max(tallest, _LOWEST_SCALE))
    chart.x_labels = list(labels)
    for series_name, figures in series:
        chart.add(series_name, list(figures))
    drawn = chart.render_tree()
    _simplify(drawn)
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {_WIDTH} {_HEIGHT}",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
            "class": f"chart {name}",
        },
    )
    for tag, text in (("title", title), ("desc", description)):
        ET.SubElement(root, tag, {"id": f"{name}-{tag}"}).text = text
    root.extend(list(drawn))
    _name_bars(root, labels, series)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _simplify(node: Any) -> None:
    """Take out what the page does not use, and pygal's namespaces with it."""
    for child in list(node):
        is_title = isinstance(child.tag, str) and child.tag.removeprefix(_SVG) == "title"
        if not isinstance(child.tag, str) or child.tag in _UNUSED or is_title:
            node.remove(child)
            continue
        child.tag = child.tag.removeprefix(_SVG)
        for attribute in set(child.attrib) - _KEPT:
            del child.attrib[attribute]
        _simplify(child)


def _name_bars(root: ET.Element, labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> None:
    """Say of each bar what it is, for the pointer."""
    for number, (name, figures) in enumerate(series):
        for group in root.iter("g"):
            if f"serie-{number}" not in group.get("class", "").split():
                continue
            bars = [bar for bar in group.iter("g") if bar.get("class") == "bar"]
            for bar, label, figure in zip(bars, labels, figures, strict=False):
                ET.SubElement(bar, "title").text = f"{label}: {figure} {name}"
