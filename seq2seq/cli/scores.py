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
from seq2seq.cli.sources import parse_source
from seq2seq.errors import UsageError
from seq2seq.report.tables import FORMATS

if TYPE_CHECKING:
    from seq2seq.comparison import Group
    from seq2seq.evaluation import Score

TEST_SET = "In place of --src and --ref: FILE of pairs, SRC_FILE,REF_FILE or a corpus that is known, NAME[:SPLIT]."
NAME = "What to call a system in tables; one for each, in order, files before models."
METRIC = "bleu, chrf, chrf++, ter, or comet (comet=DIRECTORY), whose model is on disk. Repeatable. Default: bleu, chrf."
DOCUMENTS = "The name of each line's document, one a line: BLEU of each of them, too."


@dataclass(frozen=True)
class TestSet:
    """Sources, where they are known, sets of references, and the name of each line's document, where it has one."""

    sources: list[str]
    references: list[list[str]]
    documents: list[str]


def read_test_set(
    src: Path | None, ref: Sequence[Path], test_set: str | None, data_dirs: Sequence[Path], documents: Path | None
) -> TestSet:
    """Files of as many lines, or what --test-set names: a corpus that is known, or pairs in files."""
    from seq2seq.config import Source, build
    from seq2seq.corpus import read_pairs

    names = read_lines(documents) if documents else None
    if not test_set:
        return checked(read_lines(src) if src else None, [read_lines(path) for path in ref], names)
    source = build(Source, parse_source(test_set, "--test-set", split="test"))
    pairs = list(read_pairs(source, data_dirs=data_dirs))
    if not pairs:
        raise UsageError(f"--test-set {test_set} holds no pairs; name another")
    return checked([pair.src for pair in pairs], [[pair.tgt for pair in pairs]], names)


def test_set_files(src: Path | None, ref: Sequence[Path], test_set: str | None, documents: Path | None) -> list[Path]:
    """All that is read of a test set, none of which is to be written to."""
    source = parse_source(test_set, "--test-set", split="test") if test_set else {}
    named = [Path(source[field]) for field in ("path", "src_path", "tgt_path") if field in source]
    return [*named, *ref, *filter(None, (src, documents))]


def check_test_set(test_set: str | None, src: Path | None, ref: Sequence[Path]) -> None:
    """`UsageError` unless references come from --test-set, which brings its own sources, or from --ref."""
    if test_set and (src or ref):
        raise UsageError("--test-set brings its own sources and references; leave out --src and --ref")
    if not (test_set or ref):
        raise UsageError("give references: --ref FILE, or --test-set FILE or NAME")


def system_names(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """What each system is called: by `names`, else by its path. `UsageError` where two are called alike."""
    if names and len(names) != len(paths):
        raise UsageError(f"{len(names)} names for {len(paths)} systems; give --name once for each, or not at all")
    if not all(name.strip() for name in names):
        raise UsageError("a --name is empty; call each system something")
    called = list(names) or [str(path) for path in paths]
    if len(set(called)) < len(called):
        raise UsageError("a system is named twice; name each file and model once, and call each by a name of its own")
    return called


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
        print(json.dumps(score_facts(systems, lines, documents), indent=2, ensure_ascii=False))
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


def score_facts(
    systems: Mapping[str, Sequence[Score]], lines: int, documents: Sequence[Group] = ()
) -> dict[str, object]:
    """The same for JSON: of one system its `scores`, of several `systems` with theirs."""
    table = [{"system": name, "scores": [_record(value) for value in scores]} for name, scores in systems.items()]
    facts: dict[str, object] = {"systems": table} if len(table) > 1 else {"scores": table[0]["scores"]}
    facts |= {"documents": [asdict(document) for document in documents]} if documents else {}
    return {"lines": lines, **facts}


def _record(value: Score) -> dict[str, object]:
    record: dict[str, object] = {"name": value.name, "score": value.value, "signature": value.signature}
    facts = {"mean": value.mean, "interval": value.interval, "p_value": value.p_value}
    return record | {name: fact for name, fact in facts.items() if fact is not None}
