"""`seq2seq evaluate`: a model, or a file of translations, against references."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.files import open_output, read_lines
from seq2seq.errors import UsageError


def evaluate(
    ref: Annotated[Path, typer.Option(help="Reference translations, one a line.")],
    hyp: Annotated[Path | None, typer.Option(help="Translations to score, one a line.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model directory that translates --src first.")] = None,
    src: Annotated[Path | None, typer.Option(help="Source sentences for --model, one a line.")] = None,
    output: Annotated[Path | None, typer.Option(help="Keep the model's translations here.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an --output that exists.")] = False,
    beam_size: Annotated[int | None, typer.Option(min=1, help="1 is greedy search. Default: the model's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    precision: Annotated[str, typer.Option(help="fp32, bf16, or auto: bf16 where it is fast.")] = "auto",
) -> None:
    """Score translations with BLEU and chrF on plain text, through sacreBLEU, with its signatures.

    seq2seq evaluate --model runs/demo/model --src test.en --ref test.es
    seq2seq evaluate --hyp test.hyp --ref test.es
    """
    if (hyp is None) == (model is None):
        raise UsageError("give either --hyp FILE, or --model DIRECTORY with --src FILE")
    if (model is None) != (src is None):
        raise UsageError("--model and --src come together: the model translates the source")
    if hyp and (output or beam_size):
        raise UsageError("--output and --beam-size are for --model; with --hyp nothing is translated")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has left, as filters do
    from seq2seq.evaluation import check_counts
    from seq2seq.evaluation import evaluate as score

    references = read_lines(ref)
    if hyp:
        hypotheses = read_lines(hyp)
    elif model and src:
        sources = read_lines(src)
        check_counts(len(sources), len(references), "sources")
        with open_output(output, overwrite=overwrite) if output else nullcontext() as file:
            hypotheses = _translate(model, sources, device, precision, beam_size)
            if file:
                file.write("".join(f"{line}\n" for line in hypotheses).encode())
    scores = score(hypotheses, references)
    if as_json:
        table = [{"name": s.name, "score": s.value, "signature": s.signature} for s in scores]
        print(json.dumps({"lines": len(references), "scores": table}, indent=2))
    else:
        for value in scores:
            print(value)


def _translate(model: Path, sources: list[str], device: str, precision: str, beam_size: int | None) -> list[str]:
    from seq2seq.translator import Translator

    translator = Translator.load(model, device=device, precision=precision)
    print(f"translating {len(sources)} lines with {model}", file=sys.stderr)
    return translator.translate(sources, beam_size=beam_size or translator.search_config.beam_size, n_best=1)
