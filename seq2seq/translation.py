"""A line's translation: its candidates, from those of its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from seq2seq import segment
from seq2seq.alignment import Links, shift
from seq2seq.memory import Near
from seq2seq.tokenizer import normalize


@dataclass(frozen=True)
class Candidate:
    """One translation of a line. log_prob in nats and score, both summed over the line's sentences.

    confidence, 0 to 1: the geometric mean of the probabilities of a sentence's tokens; a line's is its least sure
    sentence's.
    """

    text: str
    log_prob: float
    score: float
    confidence: float = 1.0
    links: Links = ()  # which word comes from which, where asked for
    tokens: tuple[tuple[str, float], ...] = ()  # the pieces said, eos as the last, and their log_probs, where asked for


@dataclass(frozen=True)
class Translation:
    """A line and its n_best translations, best first.

    flags: "loop", "copy", "number" (`detection`), "placeholder" (`protection`) or "glossary" where the best translation
    of a sentence fails in that way, "mended loop" and so on where it did and another one was found that does not;
    "script" where a sentence is not in Latin letters: what is in others stays as it is.
    """

    source: str
    candidates: tuple[Candidate, ...]
    flags: tuple[str, ...] = ()
    remembered: bool = False  # is it, all of it, from a translation memory?
    terms: tuple[tuple[str, bool], ...] = ()  # of a glossary: what the line has, and is it said as it should be?
    near: tuple[Near, ...] = ()  # what is like it in the memory, where asked for

    @property
    def text(self) -> str:
        """The best translation."""
        return self.candidates[0].text


def combine(
    segments: segment.Segments, candidates: Sequence[Sequence[Candidate]], n_best: int
) -> tuple[Candidate, ...]:
    """The n_best translations of a line from those of its sentences: the best sums of scores."""
    lines: list[tuple[float, tuple[Candidate, ...]]] = [(0.0, ())]
    for sentence in candidates:
        longer = [(score + c.score, (*chosen, c)) for score, chosen in lines for c in sentence]
        lines = sorted(longer, key=lambda line: -line[0])[:n_best]
    return tuple(_join(segments, chosen, score) for score, chosen in lines)


def _join(segments: segment.Segments, chosen: Sequence[Candidate], score: float) -> Candidate:
    """A line's translation from its sentences'."""
    texts = [candidate.text for candidate in chosen]
    text = segment.join(segments, texts)
    log_prob = sum(candidate.log_prob for candidate in chosen)
    confidence = min((candidate.confidence for candidate in chosen), default=1.0)
    tokens = tuple(token for candidate in chosen for token in candidate.tokens)
    if not any(candidate.links for candidate in chosen):
        return Candidate(text, log_prob, score, confidence, (), tokens)
    links: Links = ()
    for number, candidate in enumerate(chosen):
        before = [
            "".join(chain.from_iterable(zip(segments.gaps, side, strict=False)))
            for side in (segments.sentences[:number], texts[:number])
        ]
        src, tgt = (_words_before(start + segments.gaps[number]) for start in before)
        links += shift(candidate.links, src, tgt)
    return Candidate(text, log_prob, score, confidence, links, tokens)


def _words_before(text: str) -> int:
    """The number of the word that begins behind `text`, or goes on there."""
    return count_words(text) - (text != "" and text == text.rstrip(" \t\n\v\f\r"))


def identity(sentence: str) -> Links:
    """The links of a sentence that is its own translation."""
    return tuple((word, word) for word in range(count_words(sentence)))


def count_words(text: str) -> int:
    """As the tokenizer counts them: white space of other scripts is part of a word."""
    return len(normalize(text).split(" ")) if normalize(text) else 0
