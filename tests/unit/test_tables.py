"""A table says the same in every format, and no cell can break out of its place."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.report.tables import Table, as_latex, as_markdown, as_text

TABLE = Table(
    "Scores & more",
    ("system", "BLEU", "p"),
    (("a_b.es", "12.06 (12.07 ± 0.63)", ""), ("50%|x", "15.49 (15.49 ± 0.67)", "0.0010")),
    ("BLEU nrefs:1|case:mixed",),
)
CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=8)


def test_as_text_columns_stand_below_one_another() -> None:
    assert as_text(TABLE).splitlines() == [
        "Scores & more",
        "  system                  BLEU        p",
        "  a_b.es  12.06 (12.07 ± 0.63)         ",
        "  50%|x   15.49 (15.49 ± 0.67)   0.0010",
        "  BLEU nrefs:1|case:mixed",
    ]


def test_as_markdown() -> None:
    assert as_markdown(TABLE).splitlines() == [
        "**Scores & more**",
        "",
        "| system | BLEU | p |",
        "| --- | ---: | ---: |",
        r"| a\_b.es | 12.06 (12.07 ± 0.63) |  |",
        r"| 50%\|x | 15.49 (15.49 ± 0.67) | 0.0010 |",
        "",
        "`BLEU nrefs:1|case:mixed`",
    ]


def test_as_latex() -> None:
    assert as_latex(TABLE).splitlines() == [
        r"\begin{table}",
        r"\centering",
        r"\caption{Scores \& more}",
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r"system & BLEU & p \\",
        r"\midrule",
        r"a\_b.es & 12.06 (12.07 $\pm$ 0.63) &  \\",
        r"50\%\textbar\allowbreak{}x & 15.49 (15.49 $\pm$ 0.67) & 0.0010 \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip{\footnotesize BLEU nrefs:1\textbar\allowbreak{}case:mixed\par}",
        r"\end{table}",
    ]


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4))
def test_any_cells_keep_rows_and_columns(rows: list[tuple[str, str, str]]) -> None:
    table = Table("t", ("a", "b", "c"), tuple(rows))
    body = as_markdown(table).splitlines()[4:]
    assert [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in body] == [4] * len(rows)
    latex = as_latex(table).splitlines()
    body = latex[latex.index(r"\midrule") + 1 : latex.index(r"\bottomrule")]
    assert [len(re.findall(r"(?<!\\)&", line)) for line in body] == [2] * len(rows)
    assert all(line.endswith(r" \\") for line in body)
