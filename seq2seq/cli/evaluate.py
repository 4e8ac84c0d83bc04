"""`seq2seq evaluate`: models, or files of translations, against references."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.files import open_output, read_lines
from seq2seq.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seq2seq.evaluation import Score

RESAMPLES = 1000  # for a confidence interval


def evaluate(
    ref: Annotated[
        list[Path] | None, typer.Option(help="Reference translations, one a line. Repeatable: several of each.")
    ] = None,
    hyp: Annotated[
        list[Path] | None, typer.Option(help="Translations to score, one a line. Repeatable: compared with the first.")
    ] = None,
    model: Annotated[
        list[Path] | None, typer.Option(help="A model directory that translates --src first. Repeatable.")
    ] = None,
    src: Annotated[Path | None, typer.Option(help="Source sentences for --model, one a line.")] = None,
    test_set: Annotated[
        str | None, typer.Option(help="In place of --src and --ref: a corpus that is known, NAME[:SPLIT].")
    ] = None,
    data_dir: Annotated[
        list[Path] | None, typer.Option(help="Where files of named corpora lie. Repeatable.", envvar="SEQ2SEQ_DATA")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="bleu, chrf, chrf++ or ter. Repeatable. Default: bleu and chrf.")
    ] = None,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="95 % intervals, by bootstrap; with several systems they always come.")
    ] = False,
    test: Annotated[
        str,
        typer.Option(help="Of a difference: bs, paired bootstrap, or ar, approximate randomisation."),
    ] = "bs",
    output: Annotated[Path | None, typer.Option(help="Keep the model's translations here.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an --output that exists.")] = False,
    beam_size: Annotated[int | None, typer.Option(min=1, help="1 is greedy search. Default: the model's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    precision: Annotated[str, typer.Option(help="fp32, bf16, or auto: bf16 where it is fast.")] = "auto",
) -> None:
    """Score translations on plain text, through sacreBLEU, with its signatures.

    Of several systems the first one is the baseline: each difference to it is tested on the same sentences.

        seq2seq evaluate --model runs/demo/model --src test.en --ref test.es
        seq2seq evaluate --hyp test.hyp --ref test.es --confidence
        seq2seq evaluate --hyp before.es --hyp after.es --ref test.es
        seq2seq evaluate --model runs/demo --test-set sample
    """
    hyps, models = hyp or [], model or []
    if not hyps and not models:
        raise UsageError("give either --hyp FILE, or --model DIRECTORY with --src FILE")
    if test_set and (src or ref):
        raise UsageError("--test-set brings its own sources and references; leave out --src and --ref")
    if not (test_set or ref):
        raise UsageError("give references: --ref FILE, or --test-set NAME")
    if bool(models) != (src is not None) and not test_set:
        raise UsageError("--model and --src come together: the model translates the source")
    if not models and (output or beam_size):
        raise UsageError("--output and --beam-size are for --model; with --hyp nothing is translated")
    if output and len(models) > 1:
        raise UsageError("--output keeps one model's translations; translate with the others one by one")
    names = [str(path) for path in (*hyps, *models)]
    if len(set(names)) < len(names):
        raise UsageError("a system is named twice; name each file and model once")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has left, as filters do
    from seq2seq.evaluation import check_counts, compare
    from seq2seq.evaluation import evaluate as score

    systems = {str(path): read_lines(path) for path in hyps}
    if test_set:
        sources, references = _named(test_set, data_dir or [])
    else:
        sources, references = read_lines(src) if src else [], [read_lines(path) for path in ref or []]
    if src:
        check_counts(len(sources), len(references[0]), "sources")
    for path in models:
        with open_output(output, overwrite=overwrite) if output else nullcontext() as file:
            systems[str(path)] = _translate(path, sources, device, precision, beam_size)
            if file:
                file.write("".join(f"{line}\n" for line in systems[str(path)]).encode())
    metrics = metric or ["bleu", "chrf"]
    if len(systems) > 1:
        print_systems(compare(systems, references, metrics, test=test), len(references[0]), as_json=as_json)
    else:
        [hypotheses] = systems.values()
        scores = score(hypotheses, references, metrics, resamples=RESAMPLES if confidence else 0)
        _print_scores(scores, len(references[0]), as_json=as_json)


def _named(name: str, data_dirs: Sequence[Path]) -> tuple[list[str], list[list[str]]]:
    """The sources and the references of a corpus that is known."""
    from seq2seq.config import Source
    from seq2seq.corpus import read_pairs

    corpus, _, split = name.partition(":")
    pairs = list(read_pairs(Source(corpus=corpus, split=split or "test"), data_dirs=data_dirs))
    return [pair.src for pair in pairs], [[pair.tgt for pair in pairs]]


def _print_scores(scores: Sequence[Score], lines: int, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"lines": lines, "scores": [_record(value) for value in scores]}, indent=2))
    else:
        for value in scores:
            print(value)


def print_systems(systems: Mapping[str, Sequence[Score]], lines: int, *, as_json: bool) -> None:
    """A block for each metric, with a line for each system."""
    if as_json:
        table = [{"system": name, "scores": [_record(value) for value in scores]} for name, scores in systems.items()]
        print(json.dumps({"lines": lines, "systems": table}, indent=2))
        return
    width = max(map(len, systems))
    for column in zip(*systems.values(), strict=True):
        print(f"{column[0].name}  {column[0].signature}")
        for name, value in zip(systems, column, strict=True):
            chance = "" if value.p_value is None else f"  p = {value.p_value:.4f}"
            print(f"  {name:{width}}  {value.value:6.2f}{value.around}{chance}")


def _record(value: Score) -> dict[str, object]:
    record: dict[str, object] = {"name": value.name, "score": value.value, "signature": value.signature}
    facts = {"mean": value.mean, "interval": value.interval, "p_value": value.p_value}
    return record | {name: fact for name, fact in facts.items() if fact is not None}


def _translate(model: Path, sources: list[str], device: str, precision: str, beam_size: int | None) -> list[str]:
    from seq2seq.translator import Translator

    translator = Translator.load(model, device=device, precision=precision)
    print(f"translating {len(sources)} lines with {model}", file=sys.stderr)
    return translator.translate(sources, beam_size=beam_size or translator.search_config.beam_size, n_best=1)
