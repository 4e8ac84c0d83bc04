"""Charts by matplotlib: drawn once, written as SVG that takes the page's colours, or as PNG on white.

matplotlib is imported where something is drawn; pyplot, which keeps state of its own, never is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from seq2seq.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from seq2seq.evaluation import Score

INK, LINE = "#1b1f24", "#d3d8de"  # of text and of grids; pages have their own
SERIES = ("#2b6cb0", "#c2571a", "#2f855a", "#8a4baf", "#b7791f", "#c53070")  # and of these, in this order
WIDTH, HEIGHT = 4.4, 2.9  # inches: text stays readable where a phone shrinks it
CELL = 0.3  # inches of a heat map's cell
LETTER = 0.075  # inches of a label's letter, about
LONGEST, LEGEND = 28, 66  # letters: of a system's name, of a legend's line
DPI = 200
MOST = 16_000  # pixels of a side of a PNG: what is larger is drawn coarser
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,  # a $ in a sentence is a $
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.edgecolor": LINE,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 1.2,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color"), INK),
}
Curve = tuple[Sequence[float], Sequence[float]]  # xs, ys


@dataclass(frozen=True)
class Chart:
    """A drawing, the name of its file, and what it shows."""

    name: str
    title: str
    figure: Figure

    def png(self) -> bytes:
        """On white, for papers and slides."""
        file = io.BytesIO()
        dpi = min(DPI, MOST / max(self.figure.get_size_inches()))
        with _style(self.name):
            self.figure.savefig(file, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
        return file.getvalue()

    def svg(self) -> str:
        """An element to stand in a page: transparent, its colours those of the page, its text in the page's type."""
        file = io.StringIO()
        with _style(self.name):
            self.figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
        svg = file.getvalue()
        svg = svg[svg.index("<svg") :]
        svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
        svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
        svg = re.sub(r'style="[^"]*"', lambda style: _as_the_page(style[0]), svg)
        return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(self.title)}" ', 1)

    @property
    def is_wide(self) -> bool:
        """Is it wider than a phone can show?"""
        return bool(self.figure.get_figwidth() > WIDTH + 1)


@dataclass(frozen=True)
class Map:
    """Weights from 0, nothing, to 1, full colour: weights[row][column]."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    weights: Sequence[Sequence[float]]


def curves(name: str, title: str, across: str, series: Mapping[str, Curve], *, marked: bool = False) -> Chart:
    """A line for each of `series`; with points where `marked`."""
    with _axes(name) as (figure, axes):
        for number, (xs, ys) in enumerate(series.values()):
            axes.plot(xs, ys, color=_colour(number), linewidth=1.5, marker="o" if marked else "", markersize=3.5)
        axes.set_xlabel(across)
        axes.locator_params(axis="x", nbins=5)
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.yaxis.set_major_formatter("{x:,g}")
        _finish(figure, axes, title, series)
    return Chart(name, title, figure)


def bars(name: str, title: str, groups: Sequence[tuple[str, Sequence[float]]], systems: Sequence[str]) -> Chart:
    """For each group a bar for each system, side by side, and room below for the groups' names."""
    with _axes(name) as (figure, axes):
        width = 0.8 / len(systems)
        for number in range(len(systems)):
            places = [place + (number - (len(systems) - 1) / 2) * width for place in range(len(groups))]
            axes.bar(places, [values[number] for _, values in groups], width * 0.92, color=_colour(number))
        axes.set_xticks(range(len(groups)), [group for group, _ in groups], fontsize=8)
        axes.grid(visible=False, axis="x")
        axes.tick_params(length=0)
        _finish(figure, axes, title, systems)
    return Chart(name, title, figure)


def intervals(name: str, scores: Sequence[Score], systems: Sequence[str]) -> Chart:
    """A metric's value for each system, with the interval where there is one."""
    title = scores[0].name + (" with 95 % intervals" if scores[0].interval else "")
    with _axes(name) as (figure, axes):
        for number, score in enumerate(scores):
            around = [score.interval] if score.interval else None
            axes.errorbar(
                [score.mean or score.value], [number], xerr=around, color=_colour(number), fmt="o", capsize=4, lw=2
            )
        axes.set_yticks(range(len(systems)), map(_label, systems))
        axes.set_ylim(len(systems) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.margins(x=0.15)
        axes.set_title(title, loc="left")
    return Chart(name, title, figure)


def histogram(
    name: str, title: str, across: str, values: Mapping[str, Sequence[float]], edges: Sequence[float]
) -> Chart:
    """How many of each system's values lie between edges; those beyond are counted in the outermost bins."""
    with _axes(name) as (figure, axes):
        for number, numbers in enumerate(values.values()):
            within = [min(max(value, edges[0]), edges[-1]) for value in numbers]
            filled = len(values) == 1
            axes.hist(
                within, bins=list(edges), color=_colour(number), histtype="stepfilled" if filled else "step", lw=1.5
            )
        axes.set_xlabel(across)
        _finish(figure, axes, title, values)
    return Chart(name, title, figure)


def heat_maps(name: str, title: str, maps: Sequence[Map]) -> Chart:
    """Maps below one another, each cell as large as any other."""
    with _style(name):
        from matplotlib.figure import Figure

        labels = LETTER * max(len(row) for one in maps for row in one.rows)
        heads = [LETTER * max(map(len, one.columns)) + 0.5 for one in maps]
        heights = [CELL * len(one.rows) + head for one, head in zip(maps, heads, strict=True)]
        width = max(WIDTH, CELL * max(len(one.columns) for one in maps) + labels + 0.4)
        figure = Figure(figsize=(width, sum(heights)), layout="constrained")
        for one, axes in zip(maps, figure.subplots(len(maps), height_ratios=heights, squeeze=False)[:, 0], strict=True):
            _map(axes, one)
    return Chart(name, title, figure)


def _map(axes: Axes, content: Map) -> None:
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    colours = LinearSegmentedColormap.from_list("clear", [to_rgba(SERIES[0], 0), to_rgba(SERIES[0], 1)])
    axes.pcolormesh(content.weights, cmap=colours, vmin=0, vmax=1, edgecolors=LINE, linewidth=0.4)
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    axes.set_xticks([n + 0.5 for n in range(len(content.columns))], content.columns, rotation=90)
    axes.set_yticks([n + 0.5 for n in range(len(content.rows))], content.rows)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(content.title, loc="left")


@contextmanager
def _style(name: str) -> Iterator[None]:
    """matplotlib's settings for one chart; `UsageError` without matplotlib. The name keeps ids in a page apart."""
    try:
        import matplotlib as mpl
    except ImportError:
        raise UsageError("charts need matplotlib; pip install 'seq2seq[report]'") from None
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        yield


@contextmanager
def _axes(name: str) -> Iterator[tuple[Figure, Axes]]:
    with _style(name):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        yield figure, figure.add_subplot()


def _finish(figure: Figure, axes: Axes, title: str, names: Iterable[str]) -> None:
    """Title, and where there are several systems a legend below."""
    from matplotlib.patches import Patch

    axes.set_title(title, loc="left")
    labels = list(map(_label, names))
    if len(labels) > 1:
        patches = [Patch(color=_colour(number)) for number in range(len(labels))]
        columns = max(1, min(3, len(labels), LEGEND // (max(map(len, labels)) + 4)))
        figure.legend(patches, labels, loc="outside lower left", ncols=columns, fontsize=8)


def _as_the_page(style: str) -> str:
    """A style attribute with the page's colours and type in place of matplotlib's."""
    style = re.sub(r"font-family: [^;\"]*;? ?", "", style)
    for number, colour in enumerate(SERIES, start=1):
        style = style.replace(colour, f"var(--series-{number})")
    return style.replace(INK, "currentColor").replace(LINE, "var(--line)")


def _label(name: str) -> str:
    """The name, with its middle left out where it would take the chart's room."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[1 - LONGEST // 2 :]}"


def _colour(number: int) -> str:
    return SERIES[number % len(SERIES)]
