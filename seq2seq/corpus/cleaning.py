"""What is dropped before training, counted rule by rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import numpy as np

from seq2seq.config import CleaningConfig, Source
from seq2seq.corpus.sources import Pair, read_pairs, source_name
from seq2seq.corpus.storage import CHUNK, writing
from seq2seq.corpus.texts import Texts, source_metadata
from seq2seq.errors import DataError
from seq2seq.scripts import is_foreign

RULES = {  # in the order in which they are tried; a pair is counted under the first that drops it
    "empty": "a side has no text",
    "identical": "source and target are the same",
    "wrong script": "less than half of a side's letters are Latin",
    "length ratio": "one side is much longer than the other",
    "duplicate": "the same pair came before",
    "too long": "a side has too many subwords",
    "in the development set": "its source is to be translated there, which would flatter the score",
}
EXAMPLES = 3  # of each rule, kept for the report
RATIO_GRACE = 15  # characters: "Yes." and "Sí, por supuesto." translate each other


@dataclass
class CleaningReport:
    """How many pairs were read, how many each rule dropped, and the first few of those."""

    read: int = 0
    dropped: dict[str, int] = field(default_factory=dict)  # rule → pairs
    examples: dict[str, list[Pair]] = field(default_factory=dict)  # rule → its first EXAMPLES

    @property
    def kept(self) -> int:
        """How many pairs no rule dropped."""
        return self.read - sum(self.dropped.values())

    def drop(self, rule: str, pair: Pair) -> None:
        """Counts a pair that `rule` drops."""
        assert rule in RULES
        self.dropped[rule] = self.dropped.get(rule, 0) + 1
        examples = self.examples.setdefault(rule, [])
        if len(examples) < EXAMPLES:
            examples.append(pair)

    def then(self, later: CleaningReport) -> CleaningReport:
        """This report and that of a step which read what was kept here, as one."""
        assert later.read == self.kept
        dropped, examples = dict(self.dropped), dict(self.examples)
        for rule, n in later.dropped.items():
            dropped[rule] = dropped.get(rule, 0) + n
            examples[rule] = (examples.get(rule, []) + later.examples[rule])[:EXAMPLES]
        return CleaningReport(self.read, dropped, examples)

    def as_table(self) -> dict[str, object]:
        """The same for JSON."""
        examples = {rule: [pair._asdict() for pair in pairs] for rule, pairs in self.examples.items()}
        return {"read": self.read, "kept": self.kept, "dropped": self.dropped, "examples": examples}

    def __str__(self) -> str:
        lines = [f"{self.read:,} pairs read, {self.kept:,} kept"]
        for rule, meaning in RULES.items():
            if rule in self.dropped:
                lines.append(f"{self.dropped[rule]:>11,} dropped: {rule} ({meaning})")
                lines += [f"{'':13}{p.where}: {_clip(p.src)} → {_clip(p.tgt)}" for p in self.examples[rule]]
        return "\n".join(lines)


def _clip(text: str) -> str:
    return f'"{text}"' if len(text) <= 60 else f'"{text[:60]}…"'


def clean(
    sources: Sequence[Source],
    config: CleaningConfig,
    out: Path,
    *,
    data_dirs: Sequence[Path] = (),
    reverse: bool = False,
) -> tuple[Texts, CleaningReport]:
    """Reads all sources, drops what `config` says, and writes the rest to the Arrow file `out`.

    With `reverse` targets become sources. Of pairs that stand in several sources the first is kept, with its
    source's weight. Memory does not depend on the corpus but for 8 bytes a pair (16 while they are sorted) to find
    duplicates. `out` appears, or is replaced, when all is done. Raises what `read_pairs` raises, and `DataError`
    where nothing is left.
    """
    import pyarrow

    schema = pyarrow.schema(
        {"src": pyarrow.string(), "tgt": pyarrow.string(), "source": pyarrow.int32()},
        metadata=source_metadata(sources),
    )
    report, seen = CleaningReport(), SeenHashes()
    with writing(out, schema) as writer:
        for index, source in enumerate(sources):
            before = report.read
            for block in _blocks(read_pairs(source, data_dirs=data_dirs, reverse=reverse)):
                report.read += len(block)
                pairs = _keep(block, config, report)
                if config.drop_duplicates:
                    pairs = _keep_first(pairs, seen, report)
                writer.add([pair.src for pair in pairs], [pair.tgt for pair in pairs], [index] * len(pairs))
            if report.read == before:
                raise DataError(f"{source_name(source)} holds no pairs{_filter_hint(source)}")
        if not report.kept:
            counts = ", ".join(f"{n:,} {rule}" for rule, n in report.dropped.items())
            raise DataError(f"cleaning dropped all {report.read:,} pairs: {counts}; see data.cleaning")
    return Texts(out), report


def _filter_hint(source: Source) -> str:
    wanted = [f"column {column} is {' or '.join(values)}" for column, values in source.where.items()]
    return f" where {' and '.join(wanted)}" if wanted else ""


def _blocks(pairs: Iterator[Pair]) -> Iterator[list[Pair]]:
    while block := list(islice(pairs, CHUNK)):
        yield block


def _keep(pairs: Sequence[Pair], config: CleaningConfig, report: CleaningReport) -> list[Pair]:
    """The pairs that no rule drops which looks at one pair alone."""
    kept = []
    for pair in pairs:
        rule = _broken_rule(pair, config)
        if rule:
            report.drop(rule, pair)
        else:
            kept.append(pair)
    return kept


def _broken_rule(pair: Pair, config: CleaningConfig) -> str:
    src, tgt = pair.src, pair.tgt
    if not src or not tgt:
        return "empty"
    if config.drop_identical and src == tgt:
        return "identical"
    if config.drop_wrong_script and (is_foreign(src) or is_foreign(tgt)):
        return "wrong script"
    shorter, longer = sorted((len(src), len(tgt)))
    if longer - RATIO_GRACE > config.max_ratio * shorter:
        return "length ratio"
    return ""


def _keep_first(pairs: Sequence[Pair], seen: SeenHashes, report: CleaningReport) -> list[Pair]:
    """The pairs that were not seen before."""
    digests = b"".join(blake2b(f"{src}\0{tgt}".encode(), digest_size=8).digest() for src, tgt, _ in pairs)
    first = seen.add(np.frombuffer(digests, dtype=np.uint64))
    for index in np.flatnonzero(~first).tolist():
        report.drop("duplicate", pairs[index])
    return [pair for pair, is_first in zip(pairs, first.tolist(), strict=True) if is_first]


class SeenHashes:
    """A set of 64-bit hashes at 8 bytes each: sorted runs, each at least twice as long as the next.

    With n pairs, the chance that any is taken for a duplicate wrongly is about n² / 2⁶⁵: one in a million
    for six million pairs.
    """

    def __init__(self) -> None:
        self._runs: list[np.ndarray] = []  # uint64, sorted

    def add(self, hashes: np.ndarray) -> np.ndarray:
        """Adds uint64 (n,); bool (n,): which of them come for the first time."""
        new, first_index = np.unique(hashes, return_index=True)
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, new), len(run) - 1)
            unknown = run[places] != new
            new, first_index = new[unknown], first_index[unknown]
        if len(new):
            self._runs.append(new)
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            merged = np.concatenate((self._runs[-2], self._runs[-1]))
            del self._runs[-2:]
            merged.sort(kind="stable")  # finds the two sorted halves and merges them
            self._runs.append(merged)
        is_first = np.zeros(len(hashes), dtype=bool)
        is_first[first_index] = True
        return is_first
