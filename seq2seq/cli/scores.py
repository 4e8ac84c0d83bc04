"""What `evaluate` and `compare` share: reading a test set, what is wrong with systems, and scores on the terminal."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.cli.files import read_lines
from seq2seq.errors import UsageError
from seq2seq.report.tables import FORMATS

if TYPE_CHECKING:
    from seq2seq.comparison import Group
    from seq2seq.evaluation import Score

DOCUMENTS = "The name of each line's document, one a line: BLEU of each of them, too."


@dataclass(frozen=True)
class TestSet:
    """Sources, where they are known, sets of references, and the name of each line's document, where it has one."""

    sources: list[str]
    references: list[list[str]]
    documents: list[str]


def read_test_set(src: Path | None, ref: Sequence[Path], documents: Path | None) -> TestSet:
    """Of files of as many lines, else `UsageError`."""
    return checked(
        read_lines(src) if src else None,
        [read_lines(path) for path in ref],
        read_lines(documents) if documents else None,
    )


def checked(sources: list[str] | None, references: list[list[str]], documents: list[str] | None) -> TestSet:
    """The test set. `UsageError` where sources or documents are not as many as references."""
    from seq2seq.evaluation import check_counts

    for lines, what in ((sources, "sources"), (documents, "names of documents")):
        if lines is not None:
            check_counts(len(lines), len(references[0]), what)
    return TestSet(sources or [], references, documents or [])


def check_outputs(systems: Mapping[str, Sequence[str]], references: Sequence[Sequence[str]]) -> None:
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
