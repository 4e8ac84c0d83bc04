"""Charts show what they are given, in the page's colours, and fetch and run nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import lxml.etree
import pytest

from seq2seq.evaluation import Score
from seq2seq.report.charts import (
    DPI,
    HEIGHT,
    INK,
    MOST,
    SERIES,
    WIDTH,
    Chart,
    Map,
    bars,
    curves,
    heat_maps,
    histogram,
    intervals,
)

NAMES = ["_a<b>.es", "$x_{$#d3d8de.es"]
SCORES = [Score("BLEU", 20.0, "s", 20.5, 1.0), Score("BLEU", 30.0, "s", 29.5, 2.0, 0.01)]
MAKERS: dict[str, Callable[[], Chart]] = {
    "curves": lambda: curves("curves", "Loss & more", "updates", {NAMES[0]: ([1, 2], [3, 4]), NAMES[1]: ([], [])}),
    "bars": lambda: bars("bars", "Loss & more", [("1–5", (1.0, 2.0)), ("$6$", (3.0, 4.0))], NAMES),
    "histogram": lambda: histogram("histogram", "Loss & more", "x", {key: [0.1, 9] for key in NAMES}, [0, 1, 2]),
    "intervals": lambda: intervals("intervals", SCORES, NAMES),
    "heat_maps": lambda: heat_maps("heat_maps", "Loss & more", [Map("Loss & more", NAMES, ["</s>"], [[0.0], [1.0]])]),
}


def texts(svg: str) -> list[str]:
    root = lxml.etree.fromstring(svg.encode())
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_svg_follows_the_page_and_names_what_it_shows(make: Callable[[], Chart]) -> None:
    svg = make().svg()
    assert set(NAMES) <= set(texts(svg)), "names are shown as they are, whatever is in them"
    assert "currentColor" in svg
    assert "var(--series-1)" in svg
    assert not [colour for colour in (INK, *SERIES) if colour in svg]
    assert "DejaVu" not in svg
    assert re.findall(r"<script|\bon\w+=|<image|<foreignObject|@import", svg) == []
    links = re.findall(r'(?:href="|url\()([^")]*)', svg)
    assert all(link.startswith("#") for link in links)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_same_figures_are_the_same_file(make: Callable[[], Chart]) -> None:
    assert make().svg() == make().svg()


def test_a_png_is_as_large_as_said_and_white() -> None:
    image = pytest.importorskip("matplotlib.image")
    import io

    pixels = image.imread(io.BytesIO(MAKERS["bars"]().png()))
    assert pixels.shape[:2] == (round(HEIGHT * DPI), round(WIDTH * DPI))
    assert pixels[0, 0].tolist() == [1, 1, 1, 1]
    assert pixels.min() < 0.5


def test_a_map_of_a_very_long_text_is_a_png_that_can_be_opened() -> None:
    tall = heat_maps("m", "t", [Map("t", [""] * 400, ["a"], [[0.5]] * 400)])
    width, height = (int.from_bytes(tall.png()[at : at + 4], "big") for at in (16, 20))
    assert height == pytest.approx(MOST, abs=2)
    assert width < height


def test_bars_are_as_high_as_their_figures() -> None:
    chart = bars("bars", "t", [("a", (1.0, 2.0)), ("b", (3.0, 4.0))], NAMES)
    heights = [patch.get_height() for patch in chart.figure.axes[0].patches]
    assert heights == [1.0, 3.0, 2.0, 4.0]


def test_values_beyond_the_edges_are_in_the_outermost_bins() -> None:
    chart = histogram("h", "t", "x", {"a": [-5, 0.5, 7, 9]}, [0, 1, 2])
    corners = chart.figure.axes[0].patches[0].get_xy()
    assert max(corners[:, 1]) == 2
    assert (min(corners[:, 0]), max(corners[:, 0])) == (0, 2)


def test_a_name_that_would_take_all_the_room_is_cut_in_its_middle() -> None:
    names = ["a" * 20 + "b" * 20, "c" * 28]
    shown = texts(intervals("i", SCORES, names).svg())
    assert {"a" * 14 + "…" + "b" * 13, names[1]} <= set(shown)


def test_a_map_with_room_for_few_columns_fits_a_phone_and_a_long_one_scrolls() -> None:
    maps = [Map("t", ["a"], ["b"] * count, [[0.5] * count]) for count in (5, 40)]
    assert [heat_maps("m", "t", [one]).is_wide for one in maps] == [False, True]
