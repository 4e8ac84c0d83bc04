"""A page in one file, without scripts and without anything from elsewhere. All text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from seq2seq import __version__
from seq2seq.report.charts import Chart
from seq2seq.report.tables import Table

_FRAME = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
<footer><p>Made by seq2seq {version}.</p></footer>
</body>
</html>
"""


@dataclass(frozen=True)
class Report:
    """A page, and the charts that it shows."""

    html: str
    charts: tuple[Chart, ...]


def page(title: str, parts: Iterable[str]) -> str:
    """The whole file; `parts` are HTML, made by what follows."""
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return _FRAME.format(title=escape(title), style=style, body="\n".join(parts), version=__version__)


def section(title: str, *parts: str) -> str:
    """A heading and what stands below it."""
    return "\n".join(["<section>", f"<h2>{escape(title)}</h2>", *parts, "</section>"])


def paragraph(text: str, kind: str = "") -> str:
    """Text that is not HTML yet; kind "quiet" is said by the way."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def figures(charts: Sequence[Chart]) -> str:
    """Charts side by side, as many as there is room for."""
    shown = (f'<figure class="card">{chart.svg()}</figure>' for chart in charts)
    layout = "flow" if any(chart.is_wide for chart in charts) else "grid"
    return "\n".join([f'<div class="{layout}">', *shown, "</div>"])


def table(content: Table, kind: str = "figures") -> str:
    """A table that scrolls within itself where it is too wide; kind "prose" is of text."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in content.columns)
    rows = []
    for name, *cells in content.rows:
        others = "".join(f"<td>{escape(cell).replace(' ± ', '&nbsp;±&nbsp;')}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{others}</tr>')
    notes = [f'<p class="quiet"><code>{escape(note)}</code></p>' for note in content.notes]
    return "\n".join(
        [
            f'<div class="table"><p class="caption">{escape(content.title)}</p>',
            f'<div class="scroll"><table class="{kind}">',
            f"<thead><tr>{head}</tr></thead>",
            "<tbody>",
            *rows,
            "</tbody></table></div>",
            *notes,
            "</div>",
        ]
    )


def labelled(rows: Iterable[tuple[str, str]]) -> str:
    """Labels, which are text, and what belongs to them, which is HTML already."""
    return f"<dl>{''.join(f'<dt>{escape(label)}</dt><dd>{content}</dd>' for label, content in rows)}</dl>"
