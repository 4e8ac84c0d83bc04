"""How one sentence was translated: the beam, what else was likely, where the model looked, its gates."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import exp

from seq2seq.explanation import NO_GATES, Branch, Explanation
from seq2seq.report.charts import Chart, Map, heat_maps
from seq2seq.report.page import Report, figures, page, paragraph, section, table
from seq2seq.report.tables import Table

GATES = ("input", "forget", "output", "cell")


def report(found: Explanation, sentence: str) -> Report:
    """The page of an explanation."""
    looks = [heat_maps(f"attention-{n}", one.title, [one]) for n, one in enumerate(attention(found), start=1)]
    gates = [heat_maps(f"gates-{n}", one.title, [one]) for n, one in enumerate(gate_maps(found), start=1)]
    legend = "Rows are the pieces that were said, columns those of the source."
    beam = "With the log-probability, and the probability, of each whole translation."
    parts = [
        paragraph(found.translation),
        section("Where it looked", paragraph(legend, "quiet"), figures(looks)),
        section("The beam", paragraph(beam, "quiet"), f'<ul class="tree">{_tree(found.beam)}</ul>'),
        section("What was said, and what else was likely", table(_choices(found), "prose")),
    ]
    if gates:
        legend = "How far each layer's gates stand open, and how full its cells are (|tanh c|): 0 to 1, in the mean."
        parts.append(section("Gates and cells", paragraph(legend, "quiet"), figures(gates)))
    else:
        parts.append(paragraph(NO_GATES, "quiet"))
    return Report(page(sentence, parts), (*looks, *gates))


def drawing(found: Explanation, sentence: str) -> Chart:
    """All maps in one."""
    return heat_maps("sentence", sentence, [*attention(found), *gate_maps(found)])


def attention(found: Explanation) -> list[Map]:
    """A map for each decoder layer."""
    said = [piece.piece for piece in found.said]
    layers = enumerate(found.attention, start=1)
    return [Map(f"Attention of decoder layer {number}", said, found.source, weights) for number, weights in layers]


def gate_maps(found: Explanation) -> list[Map]:
    """A map of all encoder layers over the source, and one of all decoder layers over what was said."""
    maps = []
    sides = {"encoder": found.source, "decoder": tuple(piece.piece for piece in found.said)}
    for side, pieces in sides.items():
        layers = [gates for gates in found.gates if gates.layer.startswith(side)]
        if layers:
            rows = [f"{gates.name} {name}" for gates in layers for name in GATES]
            weights = [getattr(gates, name) for gates in layers for name in GATES]
            maps.append(Map(f"Gates and cells of the {side}", rows, pieces, weights))
    return maps


def _tree(branches: Sequence[Branch]) -> str:
    items = []
    for branch in branches:
        text = escape(" ".join(branch.pieces))
        if branch.branches:
            text += f"<ul>{_tree(branch.branches)}</ul>"
        else:
            text += f' <span class="quiet">{branch.log_prob:.2f}, {exp(branch.log_prob):.1%}</span>'
        items.append(f"<li>{text}</li>")
    return "".join(items)


def _choices(found: Explanation) -> Table:
    rows = []
    for said in found.said:
        others = [f"{piece} {exp(log_prob):.0%}" for piece, log_prob in said.choices if piece != said.piece]
        rows.append((said.piece, f"{said.log_prob:.2f}", f"{exp(said.log_prob):.0%}", ", ".join(others)))
    return Table("Piece by piece", ("piece", "log-prob", "probability", "others"), tuple(rows))
