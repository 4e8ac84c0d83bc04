"""`seq2seq evaluate`: models, or files of translations, against references."""

from __future__ import annotations

import json
import logging
import signal
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.files import open_output, read_lines
from seq2seq.cli.report_files import EXAMPLES, check_format, open_report
from seq2seq.errors import UsageError
from seq2seq.report.tables import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seq2seq.comparison import Group
    from seq2seq.evaluation import Score

RESAMPLES = 1000  # for a confidence interval
DOCUMENTS = "The name of each line's document, one a line: BLEU of each of them, too."


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
    documents: Annotated[Path | None, typer.Option(help=DOCUMENTS)] = None,
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
    report: Annotated[
        Path | None,
        typer.Option(help="Write a page of scores, charts and sentences here, in HTML; with --hyp it needs --src."),
    ] = None,
    png: Annotated[Path | None, typer.Option(help="The report's charts as PNG files in this directory, too.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an --output, --report or --png that exists.")
    ] = False,
    beam_size: Annotated[int | None, typer.Option(min=1, help="1 is greedy search. Default: the model's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    form: Annotated[
        str, typer.Option("--format", help="text, or a table to paste: markdown, latex (with booktabs).")
    ] = "text",
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    precision: Annotated[str, typer.Option(help="fp32, bf16, int8, or auto: the last that is fast here.")] = "auto",
) -> None:
    """Score translations on plain text, through sacreBLEU, with its signatures.

    Of several systems the first one is the baseline: each difference to it is tested on the same sentences.

        seq2seq evaluate --model runs/demo/model --src test.en --ref test.es
        seq2seq evaluate --hyp test.hyp --ref test.es --confidence
        seq2seq evaluate --hyp before.es --hyp after.es --ref test.es
        seq2seq evaluate --model runs/demo --test-set sample
        seq2seq evaluate --model runs/demo/model --src test.en --ref test.es --report test.html
    """
    hyps, models = hyp or [], model or []
    _check_systems(hyps, models)
    _check_texts(src, ref or [], test_set, translates=bool(models), reports=report is not None)
    if not models and (output or beam_size):
        raise UsageError("--output and --beam-size are for --model; with --hyp nothing is translated")
    if output and len(models) > 1:
        raise UsageError("--output keeps one model's translations; translate with the others one by one")
    check_format(form, as_json=as_json)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has left, as filters do
    from seq2seq.comparison import by_document, study
    from seq2seq.evaluation import check_counts, check_names
    from seq2seq.evaluation import compare as compare_scores
    from seq2seq.evaluation import evaluate as score
    from seq2seq.report import systems as pages

    metrics = list(dict.fromkeys(metric or ["bleu", "chrf"]))
    check_names(metrics, test)
    _check_paths([output, report], [*hyps, *(ref or []), *filter(None, (src, documents))])
    with open_report(report, png, "--report", overwrite=overwrite) as write:
        systems = {str(path): read_lines(path) for path in hyps}
        if test_set:
            sources, references = _named(test_set, data_dir or [])
        else:
            sources, references = read_lines(src) if src else [], [read_lines(path) for path in ref or []]
        if src:
            check_counts(len(sources), len(references[0]), "sources")
        names = read_lines(documents) if documents else []
        if documents:
            check_counts(len(names), len(references[0]), "names of documents")
        for path in models:
            with open_output(output, overwrite=overwrite) if output else nullcontext() as file:
                systems[str(path)] = _translate(path, sources, device, precision, beam_size)
                if file:
                    file.write("".join(f"{line}\n" for line in systems[str(path)]).encode())
        check_systems(systems, references)
        groups = by_document(names, list(systems.values()), references) if documents else []
        scores: Mapping[str, Sequence[Score]]
        if write:
            found = study(systems, sources, references, documents=names, metrics=metrics, test=test)
            write(pages.report(found, EXAMPLES))
            scores = found.scores
        elif len(systems) > 1:
            scores = compare_scores(systems, references, metrics, test=test)
        else:
            resamples = RESAMPLES if confidence else 0
            scores = {name: score(lines, references, metrics, resamples=resamples) for name, lines in systems.items()}
    print_scores(scores, len(references[0]), groups, as_json=as_json, form=form)


def _check_paths(written: Sequence[Path | None], read: Sequence[Path]) -> None:
    """`UsageError` where a file would be written twice, or over what is read."""
    names = [path.resolve() for path in written if path]
    if len(set(names)) < len(names):
        raise UsageError("--output and --report are one file; give them different names")
    for path in written:
        if path and path.resolve() in [one.resolve() for one in read]:
            raise UsageError(f"{path} would take the place of what is read; choose another name for what is written")


def check_systems(systems: Mapping[str, Sequence[str]], references: Sequence[Sequence[str]]) -> None:
    """`UsageError` where lines don't belong together or references look like the source; a word of what looks
    tokenised on stderr.
    """
    from seq2seq.evaluation import check_counts, looks_swapped, looks_tokenized

    logging.getLogger("sacrebleu").setLevel(logging.ERROR)  # it tells of tokenised lines as well, but not of which file
    for name, lines in systems.items():
        for reference in references:
            check_counts(len(lines), len(reference), f"hypotheses in {name}")
        if looks_swapped(lines, references):
            raise UsageError(f"{name} is Spanish and the references are English; are sources and references swapped?")
        if looks_tokenized(lines):
            print(f"{name} looks tokenised (lines end in ' .'); BLEU is of plain text: detokenise it", file=sys.stderr)


def _check_systems(hyps: Sequence[Path], models: Sequence[Path]) -> None:
    if not hyps and not models:
        raise UsageError("give either --hyp FILE, or --model DIRECTORY with --src FILE")
    names = [str(path) for path in (*hyps, *models)]
    if len(set(names)) < len(names):
        raise UsageError("a system is named twice; name each file and model once")


def _check_texts(
    src: Path | None, ref: Sequence[Path], test_set: str | None, *, translates: bool, reports: bool
) -> None:
    if test_set and (src or ref):
        raise UsageError("--test-set brings its own sources and references; leave out --src and --ref")
    if not (test_set or ref):
        raise UsageError("give references: --ref FILE, or --test-set NAME")
    if translates and not (src or test_set):
        raise UsageError("--model and --src come together: the model translates the source")
    if src and not (translates or reports):
        raise UsageError("--src is for --model, which translates it, and for --report, which shows it; leave it out")
    if reports and not (src or test_set):
        raise UsageError("--report shows sources beside their translations; add --src FILE")


def _named(name: str, data_dirs: Sequence[Path]) -> tuple[list[str], list[list[str]]]:
    """The sources and the references of a corpus that is known."""
    from seq2seq.config import Source
    from seq2seq.corpus import read_pairs

    corpus, _, split = name.partition(":")
    pairs = list(read_pairs(Source(corpus=corpus, split=split or "test"), data_dirs=data_dirs))
    return [pair.src for pair in pairs], [[pair.tgt for pair in pairs]]


def print_scores(
    systems: Mapping[str, Sequence[Score]], lines: int, documents: Sequence[Group] = (), *, as_json: bool, form: str
) -> None:
    """One system: a line for each metric. Several: a block for each metric, with a line for each system."""
    from seq2seq.report.systems import document_table, score_table

    if as_json:
        table = [{"system": name, "scores": [_record(value) for value in scores]} for name, scores in systems.items()]
        facts: dict[str, object] = {"systems": table} if len(table) > 1 else {"scores": table[0]["scores"]}
        facts |= {"documents": [asdict(document) for document in documents]} if documents else {}
        print(json.dumps({"lines": lines, **facts}, indent=2, ensure_ascii=False))
        return
    if form != "text":
        print(FORMATS[form](score_table(systems, list(systems))))
    elif len(systems) == 1:
        for value in next(iter(systems.values())):
            print(value)
    else:
        width = max(map(len, systems))
        for column in zip(*systems.values(), strict=True):
            print(f"{column[0].name}  {column[0].signature}")
            for name, value in zip(systems, column, strict=True):
                chance = "" if value.p_value is None else f"  p = {value.p_value:.4f}"
                print(f"  {name:{width}}  {value.value:6.2f}{value.around}{chance}")
    if documents:
        print("\n" + FORMATS[form](document_table(documents, list(systems))))


def _record(value: Score) -> dict[str, object]:
    record: dict[str, object] = {"name": value.name, "score": value.value, "signature": value.signature}
    facts = {"mean": value.mean, "interval": value.interval, "p_value": value.p_value}
    return record | {name: fact for name, fact in facts.items() if fact is not None}


def _translate(model: Path, sources: list[str], device: str, precision: str, beam_size: int | None) -> list[str]:
    from seq2seq.translator import Translator

    translator = Translator.load(model, device=device, precision=precision)
    print(f"translating {len(sources)} lines with {model}", file=sys.stderr)
    return translator.translate(sources, beam_size=beam_size or translator.search_config.beam_size, n_best=1)
