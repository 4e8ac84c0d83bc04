"""`seq2seq explain`: what a model sees and weighs, drawn in the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.files import open_output
from seq2seq.cli.report_files import check_drawing
from seq2seq.errors import UsageError

if TYPE_CHECKING:
    from seq2seq.explanation import Branch, Explanation

PICTURES = (".html", ".png")
_SHADES = " ░▒▓█"
_BARS = " ▁▂▃▄▅▆▇█"


def explain(
    sentence: Annotated[str, typer.Argument(help="An English sentence.")],
    model: Annotated[
        Path | None,
        typer.Option(
            help="A model directory; else the one that comes with the package.",
            envvar="SEQ2SEQ_MODEL",
            show_default=False,
        ),
    ] = None,
    beam_size: Annotated[int | None, typer.Option(min=1, help="Default: the model's.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Draw it: a page, FILE.html, or the maps alone, FILE.png.", show_default=False)
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an --out that exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as one JSON object.")] = False,
) -> None:
    """Show how a sentence is translated: its pieces, the beam, what else was likely, where it looked, the gates.

    seq2seq explain "The cat sleeps."
    seq2seq explain "The cat sleeps." --out cat.html
    """
    from seq2seq.explanation import explain as look
    from seq2seq.locations import pretrained
    from seq2seq.segment import is_translatable
    from seq2seq.translator import Translator

    if not is_translatable(sentence):
        raise UsageError("there is no word in it; give a sentence")
    if out and out.suffix.lower() not in PICTURES:
        raise UsageError(f"{out} is neither of {' and '.join(PICTURES)}; name such a file as --out")
    if out:
        check_drawing()
    with open_output(out, overwrite=overwrite, option="--out") if out else nullcontext() as file:
        translator = Translator.load(model or pretrained(), precision="fp32")
        found = look(translator, sentence, **({"beam_size": beam_size} if beam_size else {}))
        if out and file:
            file.write(_picture(found, sentence, out.suffix.lower()))
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
    elif not out:
        print(_drawn(found))


def _picture(found: Explanation, sentence: str, kind: str) -> bytes:
    """The bytes of a file of this suffix."""
    from seq2seq.report.sentence import drawing, report

    return drawing(found, sentence).png() if kind == ".png" else report(found, sentence).html.encode()


def _drawn(found: Explanation) -> str:
    parts = [
        "Pieces of the source\n  " + " ".join(found.source),
        "The beam: each end with its log-probability, and as a share of one\n" + "\n".join(_tree(found.beam, "  ")),
        "What was said, how likely it was, and what else was likely\n" + "\n".join(_choices(found)),
        f"Where it looked ({_SHADES[1]} a little … {_SHADES[-1]} there alone), decoder layer 1\n" + _map(found),
    ]
    if found.gates:
        parts.append(
            "How far the gates stand open and how full the cells are, 0 to 1, in the mean over a layer\n"
            + _gates(found)
        )
    else:
        from seq2seq.explanation import NO_GATES

        parts.append(NO_GATES)
    return "\n\n".join(parts)


def _tree(branches: Sequence[Branch], indent: str) -> list[str]:
    lines = []
    for branch in branches:
        lines.append(
            f"{indent}{' '.join(branch.pieces)}"
            + ("" if branch.branches else f"   {branch.log_prob:.2f} ({exp(branch.log_prob):.1%})")
        )
        lines += _tree(branch.branches, indent + "    ")
    return lines


def _choices(found: Explanation) -> list[str]:
    width = max(len(said.piece) for said in found.said)
    lines = []
    for said in found.said:
        others = [f"{piece} {exp(log_prob):.0%}" for piece, log_prob in said.choices if piece != said.piece]
        lines.append(f"  {said.piece:{width}}  {exp(said.log_prob):4.0%}   {'  '.join(others)}")
    return lines


def _map(found: Explanation) -> str:
    """Targets as rows, source pieces as columns, which are numbered and told below."""
    width = max(len(said.piece) for said in found.said)
    lines = [f"  {'':{width}}  " + "".join(f"{n:<3}" for n in range(1, len(found.source) + 1))]
    for said, row in zip(found.said, found.attention[0], strict=True):
        cells = "".join(2 * _SHADES[min(len(_SHADES) - 1, int(weight * len(_SHADES)))] + " " for weight in row)
        lines.append(f"  {said.piece:{width}}  {cells}")
    lines.append("  " + "  ".join(f"{n} {piece}" for n, piece in enumerate(found.source, start=1)))
    return "\n".join(lines)


def _gates(found: Explanation) -> str:
    """A bar for each position: encoder layers over the source, decoder layers over what was said."""
    lines = []
    for gates in found.gates:
        bars = {name: _bars(getattr(gates, name)) for name in ("input", "forget", "output", "cell")}
        lines.append(f"  {gates.name:20}  " + "   ".join(f"{gate} {bar}" for gate, bar in bars.items()))
    return "\n".join(lines)


def _bars(values: Sequence[float]) -> str:
    return "".join(_BARS[round(value * (len(_BARS) - 1))] for value in values)
