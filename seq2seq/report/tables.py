"""A table and its ways to be written: as text, Markdown or LaTeX (booktabs); `page` has the one for HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_NARROWEST = 7  # characters of a column of figures
_LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "–": "--",
    "−": "$-$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar\allowbreak{}",
}


@dataclass(frozen=True)
class Table:
    """Cells as they are read. The first column names the rows; notes say how figures were made."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def as_text(table: Table) -> str:
    """For the terminal: indented, figures to the right."""
    names = [row[0] for row in (table.columns, *table.rows)]
    width = max(map(len, names))
    sizes = [max(_NARROWEST, *map(len, column)) for column in list(zip(table.columns, *table.rows, strict=True))[1:]]
    lines = [table.title]
    for name, *cells in (table.columns, *table.rows):
        lines.append("  ".join([f"  {name:{width}}", *(f"{cell:>{n}}" for cell, n in zip(cells, sizes, strict=True))]))
    return "\n".join([*lines, *(f"  {note}" for note in table.notes)])


def as_markdown(table: Table) -> str:
    """A table of pipes; notes as code below it."""
    rows = [table.columns, ("---", *("---:" for _ in table.columns[1:])), *table.rows]
    escaped = [[re.sub(r"([\\`*_<>\[\]|])", r"\\\1", cell) for cell in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in escaped]
    notes = [f"\n`{note}`" for note in table.notes]
    return "\n".join([f"**{table.title}**", "", *lines, *notes])


def as_latex(table: Table) -> str:
    r"""A table environment, for documents that \usepackage{booktabs}; notes in small type below it."""

    def row(cells: Sequence[str]) -> str:
        return " & ".join(map(_in_latex, cells)) + r" \\"

    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_in_latex(table.title)}}}",
            rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}",
            r"\toprule",
            row(table.columns),
            r"\midrule",
            *map(row, table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            *(rf"\par\smallskip{{\footnotesize {_in_latex(note)}\par}}" for note in table.notes),
            r"\end{table}",
        ]
    )


FORMATS: dict[str, Callable[[Table], str]] = {"text": as_text, "markdown": as_markdown, "latex": as_latex}


def _in_latex(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)
