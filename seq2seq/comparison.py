"""Where systems differ: sentence by sentence, by kinds of sentence, and by how often words were seen in training.

The figures of `evaluation` say whether one system is better; these say at what, and `study` gathers all of them.
Kinds of sentence are told from the source alone, so that all systems are compared on the same lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from seq2seq.detection import failures
from seq2seq.evaluation import DEFAULT, References, Score, check_counts, compare, evaluate, reference_sets

RESAMPLES = 1000  # for the intervals of a single system
TIE = 0.5  # chrF points: a smaller difference of a sentence is none
LENGTHS = ((1, 5), (6, 10), (11, 20), (21, 30), (31, None))  # words of the source
SEEN = ((0, 0), (1, 1), (2, 9), (10, 99), (100, None))  # times in the training text
_WORD = re.compile(r"\w+")
_NEGATION = re.compile(
    r"\b(?:not|no|never|nobody|nothing|none|neither|nor|nowhere|cannot|without)\b|n['’]t\b", re.IGNORECASE
)
_NAME = re.compile(r"(?<=[\w,;] )[A-Z][a-z]+")
KINDS: dict[str, Callable[[str], bool]] = {
    "question": lambda source: source.rstrip("\"'”’) ").endswith("?"),
    "exclamation": lambda source: source.rstrip("\"'”’) ").endswith("!"),
    "negation": lambda source: bool(_NEGATION.search(source)),
    "number": lambda source: any(map(str.isdigit, source)),
    "name": lambda source: bool(_NAME.search(source)),
}


@dataclass(frozen=True)
class Group:
    """Lines of one kind: how many, and each system's BLEU on them."""

    name: str
    lines: int
    bleu: tuple[float, ...]


@dataclass(frozen=True)
class Change:
    """A line that gained or lost: its number from 0, and the second system's chrF less the first's."""

    line: int
    difference: float


@dataclass(frozen=True)
class Duel:
    """A system beside the first: on how many lines it is better, as good, worse; and all changes, losses first."""

    wins: int
    ties: int
    losses: int
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Comparison:
    """All that is told of one system or several on a test set. The others are compared with the first."""

    sources: Sequence[str]
    references: Sequence[Sequence[str]]  # sets of one a line
    systems: Mapping[str, Sequence[str]]
    scores: Mapping[str, Sequence[Score]]
    sentences: Mapping[str, Sequence[float]]  # chrF of each line
    duels: Mapping[str, Duel]  # of all but the first
    lengths: Sequence[Group]
    kinds: Sequence[Group]
    seen: Sequence[tuple[str, tuple[float, ...]]]  # by_frequency's; nothing without training text
    flags: Mapping[str, Counter[str]]
    documents: Sequence[Group]  # nothing without their names


def study(
    systems: Mapping[str, Sequence[str]],
    sources: Sequence[str],
    references: References,
    training: Sequence[str] = (),
    *,
    documents: Sequence[str] = (),
    metrics: Sequence[str] = DEFAULT,
    test: str = "bs",
) -> Comparison:
    """Everything about systems, line by line against a reference or several; raises as `evaluation.compare` does.

    training: target lines; documents: the name of each line's document; nothing is told of what is not given.
    """
    sets = reference_sets(references)
    if len(systems) > 1:
        scores = compare(systems, references, metrics, sources=sources, test=test)
    else:
        scores = {
            name: evaluate(lines, references, metrics, sources=sources, resamples=RESAMPLES)
            for name, lines in systems.items()
        }
    outputs = list(systems.values())
    sentences = {name: sentence_scores(lines, sets) for name, lines in systems.items()}
    first, *others = systems
    return Comparison(
        sources,
        sets,
        systems,
        scores,
        sentences,
        duels={name: duel(sentences[first], sentences[name]) for name in others},
        lengths=by_length(sources, outputs, sets),
        kinds=by_kind(sources, outputs, sets),
        seen=by_frequency(outputs, sets[0], training) if training else [],
        flags={name: flags(sources, lines) for name, lines in systems.items()},
        documents=by_document(documents, outputs, sets) if documents else [],
    )


def duel(first: Sequence[float], other: Sequence[float]) -> Duel:
    """Two systems line by line, by their sentence scores."""
    changes = sorted((Change(line, b - a) for line, (a, b) in enumerate(zip(first, other, strict=True))), key=_size)
    wins, losses = sum(c.difference > TIE for c in changes), sum(c.difference < -TIE for c in changes)
    return Duel(wins, len(changes) - wins - losses, losses, tuple(changes))


def sentence_scores(hypotheses: Sequence[str], references: References) -> list[float]:
    """chrF of each line, 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    metric, lines = CHRF(), zip(hypotheses, *reference_sets(references), strict=True)
    return [metric.sentence_score(hypothesis, refs).score for hypothesis, *refs in lines]


def by_length(sources: Sequence[str], systems: Sequence[Sequence[str]], references: References) -> list[Group]:
    """BLEU for sources of so many words; buckets without a line are left out."""
    words = [len(source.split()) for source in sources]
    rows = {
        _range(low, high, "word"): [n for n, count in enumerate(words) if _within(count, low, high)]
        for low, high in LENGTHS
    }
    return _groups(rows, systems, references)


def by_kind(sources: Sequence[str], systems: Sequence[Sequence[str]], references: References) -> list[Group]:
    """BLEU for questions, negations, sentences with numbers or names, …; a line may be of several kinds."""
    rows = {name: [n for n, source in enumerate(sources) if is_kind(source)] for name, is_kind in KINDS.items()}
    return _groups(rows, systems, references)


def by_document(names: Sequence[str], systems: Sequence[Sequence[str]], references: References) -> list[Group]:
    """BLEU of each document, in their order, from the name of each line's. Raises as `evaluation.evaluate` does."""
    check_counts(len(names), len(reference_sets(references)[0]), "names of documents")
    rows: dict[str, list[int]] = {}
    for line, name in enumerate(names):
        rows.setdefault(name, []).append(line)
    return _groups(rows, systems, references)


def flags(sources: Sequence[str], hypotheses: Sequence[str]) -> Counter[str]:
    """How many translations loop, copy or have other numbers."""
    return Counter(name for pair in zip(sources, hypotheses, strict=True) for name in failures(*pair))


def by_frequency(
    systems: Sequence[Sequence[str]], references: Sequence[str], training: Iterable[str]
) -> list[tuple[str, tuple[float, ...]]]:
    """How well words are found that were seen so many times in the training targets: F1 of each system, 0 to 100.

    A word of a reference is found as often as it stands in the hypothesis, at most (as compare-mt does it: Neubig et
    al. 2019, arXiv 1903.07926). Case is ignored. Numbers of times of which nobody has a word are left out.
    """
    seen = Counter(word for line in training for word in _words(line))
    table = []
    for low, high in SEEN:
        wanted = [_kept(reference, seen, low, high) for reference in references]
        outputs = [[_kept(hypothesis, seen, low, high) for hypothesis in hypotheses] for hypotheses in systems]
        if any(chain(wanted, *outputs)):
            scores = tuple(_f1(said, wanted) for said in outputs)
            table.append((_range(low, high, "time"), scores))
    return table


def _f1(said: Sequence[Counter[str]], wanted: Sequence[Counter[str]]) -> float:
    """Of words said and wanted line by line, 0 to 100."""
    found = sum((one & other).total() for one, other in zip(said, wanted, strict=True))
    both = sum(one.total() for one in chain(said, wanted))
    return 200 * found / both if both else 0.0


def _groups(rows: Mapping[str, Sequence[int]], systems: Sequence[Sequence[str]], references: References) -> list[Group]:
    """BLEU on the lines of each row; rows in which a reference has no text are left out."""
    groups = []
    for name, lines in rows.items():
        refs = [[reference[line] for line in lines] for reference in reference_sets(references)]
        if all(any(map(str.strip, reference)) for reference in refs):
            scores = [evaluate([system[line] for line in lines], refs, ["bleu"])[0].value for system in systems]
            groups.append(Group(name, len(lines), tuple(scores)))
    return groups


def _size(change: Change) -> tuple[float, int]:
    return change.difference, change.line


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _kept(text: str, seen: Mapping[str, int], low: int, high: int | None) -> Counter[str]:
    return Counter(word for word in _words(text) if _within(seen.get(word, 0), low, high))


def _within(count: int, low: int, high: int | None) -> bool:
    return low <= count and (high is None or count <= high)


def _range(low: int, high: int | None, what: str) -> str:
    many = f"{what}{'s' * (high != 1)}"
    return f"{low} or more {many}" if high is None else f"{low} {many}" if low == high else f"{low}–{high} {many}"
