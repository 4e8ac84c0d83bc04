"""Scores of translations against references, through sacreBLEU's API on plain, detokenised text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.errors import UsageError

METRICS = ("bleu", "chrf")


@dataclass(frozen=True)
class Score:
    """A metric's value on a test set, 0 to 100, and the signature that says how it was computed."""

    name: str
    value: float
    signature: str

    def __str__(self) -> str:
        return f"{self.name} {self.value:.2f}  {self.signature}"


def check_counts(lines: int, references: int, what: str) -> None:
    """`UsageError` with both counts where they differ."""
    if lines != references:
        raise UsageError(
            f"{lines} {what} and {references} references; they are compared line by line, "
            "so give files with the same number of lines"
        )


def evaluate(hypotheses: Sequence[str], references: Sequence[str], metrics: Sequence[str] = METRICS) -> list[Score]:
    """The scores of hypotheses, line by line against one reference each.

    `UsageError` where the line counts differ, where there are no lines or no reference text, or where a
    metric is unknown.
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    check_counts(len(hypotheses), len(references), "hypotheses")
    if not any(reference.strip() for reference in references):
        raise UsageError("the references are empty; give a file with one reference translation a line")
    scores = []
    for name in metrics:
        if name not in METRICS:
            raise UsageError(f'there is no metric "{name}"; there are: {", ".join(METRICS)}')
        metric = BLEU() if name == "bleu" else CHRF()
        result = metric.corpus_score(hypotheses, [references])
        scores.append(Score(result.name, result.score, str(metric.get_signature())))
    return scores
