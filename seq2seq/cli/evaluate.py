"""`seq2seq evaluate`: models, or files of translations, against references."""

from __future__ import annotations

import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.files import check_apart, open_output, read_lines
from seq2seq.cli.report_files import EXAMPLES, check_format, open_report
from seq2seq.cli.scores import (
    DOCUMENTS,
    METRIC,
    NAME,
    TEST_SET,
    check_outputs,
    check_test_set,
    print_scores,
    read_test_set,
    system_names,
    test_set_files,
)
from seq2seq.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seq2seq.cli.scores import TestSet
    from seq2seq.comparison import Comparison
    from seq2seq.evaluation import Score
    from seq2seq.explanation import Look

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
    src: Annotated[Path | None, typer.Option(help="Sources, one a line: for --model, --report and COMET.")] = None,
    test_set: Annotated[str | None, typer.Option(help=TEST_SET)] = None,
    data_dir: Annotated[
        list[Path] | None, typer.Option(help="Where files of named corpora lie. Repeatable.", envvar="SEQ2SEQ_DATA")
    ] = None,
    documents: Annotated[Path | None, typer.Option(help=DOCUMENTS)] = None,
    name: Annotated[list[str] | None, typer.Option(help=NAME)] = None,
    metric: Annotated[list[str] | None, typer.Option(help=METRIC)] = None,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="95 % intervals, by bootstrap; with several systems they always come.")
    ] = False,
    test: Annotated[
        str,
        typer.Option(help="Significance test: bs, paired bootstrap, or ar, approximate randomisation."),
    ] = "bs",
    output: Annotated[Path | None, typer.Option(help="Keep the model's translations here.")] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a page of scores, charts and sentences here, in HTML; with --hyp it needs --src."),
    ] = None,
    attention: Annotated[
        list[int] | None,
        typer.Option(
            min=1, help="In the report: where the first model looks in this line. Repeatable. Default: in three lines."
        ),
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
    precision: Annotated[
        str, typer.Option(help="fp32, bf16, int8 (on CPUs), or auto: the smallest that is fast here.")
    ] = "auto",
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
    if not hyps and not models:
        raise UsageError("give either --hyp FILE, or --model DIRECTORY with --src FILE")
    names = system_names([*hyps, *models], name or [])
    check_test_set(test_set, src, ref or [])
    if not models and (output or beam_size):
        raise UsageError("--output and --beam-size are for --model; with --hyp nothing is translated")
    if output and len(models) > 1:
        raise UsageError("--output keeps one model's translations; translate with the others one by one")
    if attention and not (models and report):
        raise UsageError("--attention draws in a --report where a --model looks; add both, or leave it out")
    check_format(form, as_json=as_json)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has left, as filters do
    from seq2seq.comparison import by_document, study
    from seq2seq.evaluation import DEFAULT, check_names, is_comet
    from seq2seq.report import systems as reports

    metrics = list(dict.fromkeys(metric or DEFAULT))
    _check_texts(src, test_set, translates=bool(models), reports=report is not None, comet=any(map(is_comet, metrics)))
    check_names(metrics, test)
    with open_report(report, png, "--report", overwrite=overwrite) as write:
        check_apart([output, report], [*hyps, *test_set_files(src, ref or [], test_set, documents)])
        systems = {called: read_lines(path) for called, path in zip(names, hyps, strict=False)}
        texts = read_test_set(src, ref or [], test_set, data_dir or [], documents)
        _check_lines(attention or [], len(texts.sources))
        for called, path in zip(names[len(hyps) :], models, strict=True):
            with open_output(output, overwrite=overwrite) if output else nullcontext() as file:
                systems[called] = _translate(path, texts.sources, device, precision, beam_size)
                if file:
                    file.write("".join(f"{line}\n" for line in systems[called]).encode())
        check_outputs(systems, texts.references)
        if write:
            found = study(
                systems, texts.sources, texts.references,
                documents=texts.documents, metrics=metrics, test=test,
            )  # fmt: skip
            looks = _looks(found, names[len(hyps)], models[0], attention or []) if models else {}
            write(reports.report(found, EXAMPLES, looks, names=names if name else None))
            scores, groups = found.scores, found.documents
        else:
            scores = _scores(systems, texts, metrics, test, confidence=confidence)
            outputs = list(systems.values())
            groups = by_document(texts.documents, outputs, texts.references) if texts.documents else []
    print_scores(scores, len(texts.references[0]), groups, as_json=as_json, form=form)


def _scores(
    systems: Mapping[str, list[str]],
    texts: TestSet,
    metrics: Sequence[str],
    test: str,
    *,
    confidence: bool,
) -> Mapping[str, Sequence[Score]]:
    """Of one system, or of several beside the first."""
    from seq2seq import evaluation

    if len(systems) > 1:
        return evaluation.compare(systems, texts.references, metrics, sources=texts.sources, test=test)
    resamples = RESAMPLES if confidence else 0
    return {
        name: evaluation.evaluate(lines, texts.references, metrics, sources=texts.sources, resamples=resamples)
        for name, lines in systems.items()
    }


def _looks(found: Comparison, name: str, model: Path, lines: Sequence[int]) -> dict[int, tuple[str, Look]]:
    """Where the model called `name` looks: in these lines, counted from 1, else in a few that are typical of it."""
    from seq2seq.explanation import look
    from seq2seq.report.systems import typical
    from seq2seq.translator import Translator

    translator = Translator.load(model, device="cpu", precision="fp32")
    chosen = {line - 1: "" for line in lines} or typical(found, name)
    said = found.systems[name]
    return {line: (what, look(translator, found.sources[line], said[line])) for line, what in chosen.items()}


def _check_lines(lines: Sequence[int], count: int) -> None:
    """`UsageError` where there is no such line."""
    if lines and max(lines) > count:
        raise UsageError(f"--attention {max(lines)}: the test set has {count} lines; name one of these")


def _check_texts(src: Path | None, test_set: str | None, *, translates: bool, reports: bool, comet: bool) -> None:
    if translates and not (src or test_set):
        raise UsageError("--model and --src come together: the model translates the source")
    if src and not (translates or reports or comet):
        raise UsageError("--src is for --model, --report and COMET, which read the sources; leave it out")
    if comet and not (src or test_set):
        raise UsageError("COMET reads sources beside their translations; add --src FILE")
    if reports and not (src or test_set):
        raise UsageError("--report shows sources beside their translations; add --src FILE")


def _translate(model: Path, sources: list[str], device: str, precision: str, beam_size: int | None) -> list[str]:
    from seq2seq.translator import Translator

    translator = Translator.load(model, device=device, precision=precision)
    print(f"translating {len(sources)} lines with {model}", file=sys.stderr)
    return translator.translate(sources, beam_size=beam_size or translator.search_config.beam_size, n_best=1)
