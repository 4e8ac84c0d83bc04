"""`seq2seq compare`: at what one system is better than another."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq.cli.files import read_lines
from seq2seq.errors import UsageError

if TYPE_CHECKING:
    from seq2seq.comparison import Change


def compare(
    hyp: Annotated[list[Path], typer.Argument(help="Translations, one a line: two files or more.", metavar="HYP HYP…")],
    src: Annotated[Path, typer.Option(help="The sources, one a line.")],
    ref: Annotated[Path, typer.Option(help="Reference translations, one a line.")],
    train: Annotated[
        Path | None, typer.Option(help="Training targets, one a line: how are words found that were seen so often?")
    ] = None,
    test: Annotated[
        str, typer.Option(help="Of a difference: bs, paired bootstrap, or ar, approximate randomisation.")
    ] = "bs",
    examples: Annotated[int, typer.Option(min=0, help="Sentences that gained most, and lost most.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare systems with the first: scores and significance, wins and losses, and where they come from.

    seq2seq compare before.es after.es --src test.en --ref test.es
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has left, as filters do
    if len(hyp) < 2:
        raise UsageError("compare needs two files of translations or more; seq2seq evaluate scores one")
    if len(set(hyp)) < len(hyp):
        raise UsageError("a file is named twice; name each once")
    from seq2seq import comparison
    from seq2seq.cli.evaluate import print_systems
    from seq2seq.evaluation import check_counts
    from seq2seq.evaluation import compare as compare_scores

    sources, references = read_lines(src), read_lines(ref)
    check_counts(len(sources), len(references), "sources")
    systems = {str(path): read_lines(path) for path in hyp}
    scores = compare_scores(systems, [references], test=test)
    outputs = list(systems.values())
    duels = {name: comparison.duel(outputs[0], output, references) for name, output in list(systems.items())[1:]}
    lengths = comparison.by_length(sources, outputs, references)
    kinds = comparison.by_kind(sources, outputs, references)
    seen = comparison.by_frequency(outputs, references, read_lines(train)) if train else []
    flags = {name: dict(comparison.flags(sources, output)) for name, output in systems.items()}
    if as_json:
        facts: dict[str, Any] = {
            "scores": {name: [asdict(score) for score in row] for name, row in scores.items()},
            "duels": {name: asdict(one) for name, one in duels.items()},
            "length": [asdict(group) for group in lengths],
            "kind": [asdict(group) for group in kinds],
            "seen": [{"name": name, "f1": values} for name, values in seen],
            "flags": flags,
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    print_systems(scores, len(references), as_json=False)
    for name, one in duels.items():
        print(f"\n{name} beside {hyp[0]}, by sentence chrF: {one.wins} better, {one.ties} as good, {one.losses} worse")
    names = list(systems)
    _table("BLEU by length of the source", names, [(f"{g.name} ({g.lines})", g.bleu) for g in lengths])
    _table("BLEU by kind of sentence", names, [(f"{g.name} ({g.lines})", g.bleu) for g in kinds])
    if seen:
        _table("F1 of words by how often training had them", names, seen)
    told = sorted({flag for counts in flags.values() for flag in counts})
    if told:
        _table("Lines with flags", names, [(flag, [flags[name].get(flag, 0) for name in names]) for flag in told], "d")
    for name, one in duels.items():
        gained = [change for change in reversed(one.changes) if change.difference > 0]
        lost = [change for change in one.changes if change.difference < 0]
        for title, changes in (("gained", gained), ("lost", lost)):
            _examples(f"Sentences of {name} that {title} most", changes[:examples], sources, references, systems, name)


def _table(title: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]], kind: str = ".2f") -> None:
    width = max([len(name) for name, _ in rows] + [0])
    columns = [max(len(name), 7) for name in names]
    print(
        f"\n{title}\n  {'':{width}}  " + "  ".join(f"{name:>{size}}" for name, size in zip(names, columns, strict=True))
    )
    for name, values in rows:
        cells = "  ".join(f"{value:>{size}{kind}}" for value, size in zip(values, columns, strict=True))
        print(f"  {name:{width}}  {cells}")


def _examples(
    title: str,
    changes: Sequence[Change],
    sources: Sequence[str],
    references: Sequence[str],
    systems: dict[str, list[str]],
    name: str,
) -> None:
    first = next(iter(systems))
    if changes:
        print(f"\n{title}")
    for change in changes:
        print(f"  {change.difference:+.1f} chrF, line {change.line + 1}")
        rows = {"source": sources, "reference": references, first: systems[first], name: systems[name]}
        for label, lines in rows.items():
            print(f"    {label:{max(map(len, rows))}}  {lines[change.line]}")
