"""Scores of translations against references, through sacreBLEU's API on plain, detokenised text; COMET's as well.

evaluate    one system: each metric's value and signature, with a confidence interval where asked for
compare     several systems on the same sentences: intervals, and whether their difference is more than chance
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seq2seq.errors import UsageError

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric

DEFAULT = ("bleu", "chrf")
ENGLISH = ("the", "of", "and", "to", "is", "in", "you", "that", "it", "was", "he", "i")
SPANISH = ("de", "la", "que", "el", "en", "y", "los", "se", "un", "una", "es", "las", "por", "con")
CLEARLY = 5  # times as many words of one language as of the other
TOKENIZED = 100  # lines that end as tokenizers have it
TESTS = {"bs": 1000, "ar": 10_000}  # paired bootstrap, paired approximate randomisation: samples of each

References = Sequence[str] | Sequence[Sequence[str]]  # one reference a line, or several sets of them


@dataclass(frozen=True)
class Score:
    """A metric's value on a test set, 0 to 100, and the signature that says how it was computed.

    interval is where 95 % of the bootstrap's values lie, around their mean: mean - interval to mean + interval.
    p_value is how often a difference to the first system as large would come by chance; 1 where there is none.
    """

    name: str
    value: float
    signature: str
    mean: float | None = None
    interval: float | None = None
    p_value: float | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.value:.2f}{self.around}  {self.signature}"

    @property
    def around(self) -> str:
        """The interval in words, where there is one."""
        return "" if self.interval is None else f" ({self.mean:.2f} ± {self.interval:.2f})"


def reference_sets(references: References) -> list[Sequence[str]]:
    """The references as sets of one a line."""
    return [references] if all(isinstance(one, str) for one in references) else list(references)  # type: ignore[list-item]


def check_counts(lines: int, references: int, what: str) -> None:
    """`UsageError` with both counts where they differ."""
    if lines != references:
        raise UsageError(
            f"{lines} {what} and {references} references; they are compared line by line, "
            "so give files with the same number of lines"
        )


def looks_tokenized(lines: Sequence[str]) -> bool:
    """Do as many lines as sacreBLEU warns of end with a space and a full stop?"""
    return sum(line.endswith(" .") for line in lines) >= TOKENIZED


def looks_swapped(hypotheses: Sequence[str], references: References) -> bool:
    """Are hypotheses Spanish and all references English, by their most frequent words? Then those are the source."""
    return _is_spanish(hypotheses) and all(_is_english(lines) for lines in reference_sets(references))


def _is_spanish(lines: Sequence[str]) -> bool:
    english, spanish = _frequent(lines)
    return spanish > CLEARLY * english


def _is_english(lines: Sequence[str]) -> bool:
    english, spanish = _frequent(lines)
    return english > CLEARLY * spanish


def _frequent(lines: Sequence[str]) -> tuple[int, int]:
    """How many words are among the most frequent ones of English, and of Spanish."""
    words = Counter(word for line in lines for word in line.lower().split())
    return sum(words[word] for word in ENGLISH), sum(words[word] for word in SPANISH)


def check_names(metrics: Sequence[str], test: str) -> None:
    """`UsageError` where there is no such metric or test, or what the metric needs is not on disk."""
    if test not in TESTS:
        raise UsageError(f'there is no test "{test}"; there are: {", ".join(TESTS)}')
    for metric in metrics:
        if is_comet(metric):
            from seq2seq.comet import find

            find(metric)
        else:
            _metric(metric)


def is_comet(metric: str) -> bool:
    """Is it COMET's, `comet` or `comet=DIRECTORY`, which reads sources as well?"""
    return metric == "comet" or metric.startswith("comet=")


def evaluate(
    hypotheses: Sequence[str],
    references: References,
    metrics: Sequence[str] = DEFAULT,
    *,
    sources: Sequence[str] = (),
    resamples: int = 0,
) -> list[Score]:
    """The scores of hypotheses, line by line against one reference each, or against several.

    sources: what COMET reads beside them. `resamples` of the lines, drawn with sacreBLEU's seed, give the intervals;
    0: none. `UsageError` where the line counts differ, where there are no lines or no reference text, or where a
    metric is unknown or what it needs is not on disk.
    """
    sets = _checked([hypotheses], references, sources)
    scores = []
    for metric in (_metric(name, sources) for name in metrics):
        result = metric.corpus_score(hypotheses, sets, n_bootstrap=max(1, resamples))
        mean, interval = (float(result._mean), float(result._ci)) if resamples > 1 else (None, None)
        scores.append(Score(result.name, result.score, str(metric.get_signature()), mean, interval))
    return scores


def compare(
    systems: Mapping[str, Sequence[str]],
    references: References,
    metrics: Sequence[str] = DEFAULT,
    *,
    sources: Sequence[str] = (),
    test: str = "bs",
    samples: int = 0,
) -> dict[str, list[Score]]:
    """The scores of several systems, and for all but the first the p-value of their difference to it.

    test: "bs", paired bootstrap resampling (Koehn 2004), or "ar", paired approximate randomisation (Riezler and
    Maxwell 2005); both are sacreBLEU's and seeded. samples: 0 is as many as `TESTS` says. Raises as `evaluate`
    does, and for an unknown test.
    """
    from sacrebleu.significance import PairedTest

    check_names(metrics, test)
    sets = _checked(list(systems.values()), references, sources)
    made = {name: _metric(name, sources) for name in metrics}
    named = list(systems.items())
    resamples = 0 if test == "ar" else -1  # intervals are the bootstrap test's own; the other asks for them apart
    signatures, results = PairedTest(named, made, sets, test_type=test, n_samples=samples, n_ar_confidence=resamples)()
    scores: dict[str, list[Score]] = {name: [] for name in systems}
    for metric, signature in signatures.items():
        for name, found in zip(systems, results[metric], strict=True):
            figures = [found.mean, found.ci, found.p_value]  # type: ignore[union-attr]
            mean, interval, p_value = (None if figure is None else float(figure) for figure in figures)
            if len(sets[0]) == 1:  # of one line nothing can be drawn
                mean = interval = p_value = None
            elif p_value is not None and list(systems[name]) == list(named[0][1]):
                p_value = 1.0
            scores[name].append(Score(metric, float(found.score), str(signature), mean, interval, p_value))  # type: ignore[union-attr]
    return scores


def _checked(systems: Sequence[Sequence[str]], references: References, sources: Sequence[str]) -> list[Sequence[str]]:
    """The references as sets of one a line, all as many as there are lines in each system, and sources if any."""
    sets = reference_sets(references)
    if sources:
        check_counts(len(sources), len(sets[0]), "sources")
    for reference in sets:
        for hypotheses in systems:
            check_counts(len(hypotheses), len(reference), "hypotheses")
        if not any(line.strip() for line in reference):
            raise UsageError("the references are empty; give a file with one reference translation a line")
    return sets


def _metric(name: str, sources: Sequence[str] = ()) -> Metric:
    if is_comet(name):
        from seq2seq.comet import Comet

        return Comet(name, sources)
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    made: dict[str, Callable[[], Metric]] = {
        "bleu": BLEU,
        "chrf": CHRF,
        "chrf++": lambda: CHRF(word_order=2),
        "ter": TER,
    }
    if name not in made:
        raise UsageError(f'there is no metric "{name}"; there are: {", ".join(made)}, comet')
    return made[name]()
