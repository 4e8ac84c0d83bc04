"""`seq2seq compare`: at what one system is better than another."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq.cli.files import check_apart, read_lines
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
    score_facts,
    system_names,
    test_set_files,
)
from seq2seq.errors import UsageError
from seq2seq.report.tables import FORMATS, as_text

if TYPE_CHECKING:
    from seq2seq.comparison import Change, Comparison


def compare(
    hyp: Annotated[list[Path], typer.Argument(help="Translations, one a line: two files or more.", metavar="HYP HYP…")],
    src: Annotated[Path | None, typer.Option(help="The sources, one a line.")] = None,
    ref: Annotated[
        list[Path] | None, typer.Option(help="Reference translations, one a line. Repeatable: several of each.")
    ] = None,
    test_set: Annotated[str | None, typer.Option(help=TEST_SET)] = None,
    data_dir: Annotated[
        list[Path] | None, typer.Option(help="Where files of named corpora lie. Repeatable.", envvar="SEQ2SEQ_DATA")
    ] = None,
    name: Annotated[list[str] | None, typer.Option(help=NAME)] = None,
    metric: Annotated[list[str] | None, typer.Option(help=METRIC)] = None,
    train: Annotated[
        Path | None, typer.Option(help="Training targets, one a line: adds F1 of words by how often they were seen.")
    ] = None,
    documents: Annotated[Path | None, typer.Option(help=DOCUMENTS)] = None,
    test: Annotated[
        str, typer.Option(help="Significance test: bs, paired bootstrap, or ar, approximate randomisation.")
    ] = "bs",
    examples: Annotated[int, typer.Option(min=0, help="Sentences that gained most, and lost most.")] = EXAMPLES,
    report: Annotated[
        Path | None, typer.Option(help="Write a page of all of it here, in HTML: with charts, and words marked.")
    ] = None,
    png: Annotated[Path | None, typer.Option(help="The report's charts as PNG files in this directory, too.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a --report or --png that exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    form: Annotated[
        str,
        typer.Option("--format", help="text, or tables to paste, without sentences: markdown, latex (with booktabs)."),
    ] = "text",
) -> None:
    """Compare systems with the first: scores and significance, wins and losses, and where they come from.

    seq2seq compare before.es after.es --src test.en --ref test.es
    seq2seq compare before.es after.es --src test.en --ref test.es --report before-after.html
    seq2seq compare a.es b.es --name baseline --name ours --test-set pairs.tsv --metric bleu --metric ter
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has left, as filters do
    if len(hyp) < 2:
        raise UsageError("compare needs two files of translations or more; seq2seq evaluate scores one")
    names = system_names(hyp, name or [])
    check_test_set(test_set, src, ref or [])
    if not (test_set or src):
        raise UsageError("compare shows sources beside their translations; add --src FILE")
    check_format(form, as_json=as_json)
    from seq2seq.comparison import study
    from seq2seq.evaluation import DEFAULT, check_names
    from seq2seq.report import systems as reports

    metrics = list(dict.fromkeys(metric or DEFAULT))
    check_names(metrics, test)
    with open_report(report, png, "--report", overwrite=overwrite) as write:
        check_apart([report], [*hyp, *test_set_files(src, ref or [], test_set, documents), train])
        texts = read_test_set(src, ref or [], test_set, data_dir or [], documents)
        training = read_lines(train) if train else []
        systems = {called: read_lines(path) for called, path in zip(names, hyp, strict=True)}
        check_outputs(systems, texts.references)
        found = study(
            systems, texts.sources, texts.references, training,
            documents=texts.documents, metrics=metrics, test=test,
        )  # fmt: skip
        if write:
            write(reports.report(found, examples, names=names if name else None))
    if as_json:
        print(json.dumps(_facts(found), indent=2, ensure_ascii=False))
    elif form == "text":
        _print(found, list(systems), examples)
    else:
        tables = [*reports.score_tables(found, list(systems)), *reports.detail_tables(found, list(systems))]
        print("\n\n".join(map(FORMATS[form], tables)))


def _facts(found: Comparison) -> dict[str, Any]:
    return {
        **score_facts(found.scores, len(found.sources), found.documents),
        "duels": {name: asdict(one) for name, one in found.duels.items()},
        "lengths": [asdict(group) for group in found.lengths],
        "kinds": [asdict(group) for group in found.kinds],
        "seen": [{"name": name, "f1": values} for name, values in found.seen],
        "flags": found.flags,
    }


def _print(found: Comparison, names: Sequence[str], examples: int) -> None:
    from seq2seq.report.systems import detail_tables

    print_scores(found.scores, len(found.sources), as_json=False, form="text")
    for name, one in found.duels.items():
        print(
            f"\n{name} beside {names[0]}, by sentence chrF: {one.wins} better, {one.ties} as good, {one.losses} worse"
        )
    for table in detail_tables(found, names):
        print(f"\n{as_text(table)}")
    for name, one in found.duels.items():
        gained = [change for change in reversed(one.changes) if change.difference > 0]
        lost = [change for change in one.changes if change.difference < 0]
        for title, changes in (("gained", gained), ("lost", lost)):
            _print_examples(f"Sentences of {name} that {title} most", changes[:examples], found, name)


def _print_examples(title: str, changes: Sequence[Change], found: Comparison, name: str) -> None:
    first = next(iter(found.systems))
    if changes:
        print(f"\n{title}")
    for change in changes:
        print(f"  {change.difference:+.1f} chrF, line {change.line + 1}")
        rows = [("source", found.sources), *(("reference", lines) for lines in found.references)]
        rows += [(label, found.systems[label]) for label in (first, name)]
        width = max(len(label) for label, _ in rows)
        for label, lines in rows:
            print(f"    {label:{width}}  {lines[change.line]}")
