"""The public translator: lines of text in, as many lines out, in order.

    line ─ segment ─ sentences ─ tokenizer ─ ids ─ search ─ hypotheses ─ tokenizer ─ text ─ joined line

Lines come in blocks; the sentences of a block are sorted by length, searched in
batches and put back. White space around and between sentences, and whatever has
no letter in it, is kept as it stands.
"""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from seq2seq import bundle, segment
from seq2seq.batching import pad_sources
from seq2seq.config import SearchConfig, as_table, build
from seq2seq.device import choose_device, choose_dtype
from seq2seq.model import Seq2Seq
from seq2seq.search import Hypothesis, beam_search, greedy
from seq2seq.tokenizer import Tokenizer, normalize

BLOCK = 1024  # lines searched together: enough to sort by length, little enough to hold
BATCH_SENTENCES = 64
BATCH_TOKENS = 2048  # source tokens in a batch, padding counted


@dataclass(frozen=True)
class Candidate:
    """One translation of a line. log_prob in nats and score, both summed over the line's sentences."""

    text: str
    log_prob: float
    score: float


@dataclass(frozen=True)
class Translation:
    """A line and its n_best translations, best first."""

    source: str
    candidates: tuple[Candidate, ...]

    @property
    def text(self) -> str:
        """The best translation."""
        return self.candidates[0].text


class Translator:
    """A model ready to translate.

    >>> translator = Translator.load("runs/demo/model")
    >>> translator.translate(["The cat sleeps."])
    ['El gato duerme.']
    """

    def __init__(
        self,
        model: Seq2Seq,
        src_tokenizer: Tokenizer,
        tgt_tokenizer: Tokenizer,
        search: SearchConfig,
        *,
        precision: str = "auto",
    ) -> None:
        """Takes a copy of the model in the type that `precision` (auto, fp32, bf16) means on its device."""
        self.device = next(model.parameters()).device
        self.model = copy.deepcopy(model).to(choose_dtype(precision, self.device)).eval()
        self.src_tokenizer = src_tokenizer
        self.tgt_tokenizer = tgt_tokenizer
        self.search_config = search

    @classmethod
    def load(cls, path: str | Path, *, device: str = "auto", precision: str = "auto") -> Translator:
        """The translator in a model directory. `BundleError` names what is missing or damaged."""
        loaded = bundle.load(Path(path))
        model = loaded.model.to(choose_device(device))
        return cls(model, loaded.src_tokenizer, loaded.tgt_tokenizer, loaded.config.search, precision=precision)

    def translate(self, lines: Iterable[str], **search: float) -> list[str]:
        """The best translation of each line, in order.

        Keywords are fields of `SearchConfig`, such as beam_size=1; an impossible one raises `ConfigError`, and
        a lone surrogate in a line `DataError`. A line break within a line stays where it is.
        """
        return [translation.text for translation in self.stream(lines, **search)]

    def stream(self, lines: Iterable[str], **search: float) -> Iterator[Translation]:
        """Translations one by one as their block is done; holds no more than a block of lines."""
        lines = iter(lines)
        while block := list(islice(lines, BLOCK)):
            yield from self.translate_block(block, **search)

    def translate_block(self, lines: Sequence[str], **search: float) -> list[Translation]:
        """All lines at once."""
        config = build(SearchConfig, as_table(self.search_config) | search, "search.")
        split = [segment.split(line) for line in lines]
        sentences = [sentence for segments in split for sentence in segments.sentences]
        wanted = [i for i, sentence in enumerate(sentences) if segment.is_translatable(sentence)]
        candidates = [[Candidate(sentence, 0.0, 0.0)] for sentence in sentences]
        found = self.search([sentences[i] for i in wanted], config)
        for i, hypotheses in zip(wanted, found, strict=True):
            candidates[i] = [Candidate(self._text(h), h.log_prob, h.score) for h in hypotheses]
        rest = iter(candidates)
        return [
            Translation(line, _combine(segments, list(islice(rest, len(segments.sentences))), config.n_best))
            for line, segments in zip(lines, split, strict=True)
        ]

    def search(self, sentences: Sequence[str], config: SearchConfig) -> list[list[Hypothesis]]:
        """The n_best hypotheses of each sentence, best first, in the sentences' order."""
        normed = [unicodedata.normalize("NFC", sentence) for sentence in sentences]
        ids = self.src_tokenizer.encode_batch(normed)
        found: list[list[Hypothesis]] = [[] for _ in ids]
        for rows in _batches([len(sentence) for sentence in ids]):
            batch = self._search_batch([ids[row] for row in rows], config)
            for row, hypotheses in zip(rows, batch, strict=True):
                found[row] = hypotheses
        return found

    def _search_batch(self, ids: Sequence[Sequence[int]], config: SearchConfig) -> list[list[Hypothesis]]:
        src_ids, src_lengths = (tensor.to(self.device) for tensor in pad_sources(ids))
        limits = [int(config.max_length_factor * len(sentence)) + config.max_length_extra for sentence in ids]
        alpha = config.length_penalty
        if config.beam_size == 1:
            return [[best] for best in greedy(self.model, src_ids, src_lengths, limits, alpha=alpha)]
        size, n_best = config.beam_size, config.n_best
        return beam_search(self.model, src_ids, src_lengths, limits, beam_size=size, n_best=n_best, alpha=alpha)

    def _text(self, hypothesis: Hypothesis) -> str:
        """One line of text: bytes that form no character are dropped, and no line break gets out."""
        text = self.tgt_tokenizer.decode(hypothesis.ids).replace("\ufffd", "")
        return normalize(" ".join(text.splitlines()))


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of sentences alike in length, longest first, within the limits of a batch."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        tokens = (len(batch) + 1) * (lengths[batch[0]] + 1) if batch else 0
        if len(batch) == BATCH_SENTENCES or tokens > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _combine(
    segments: segment.Segments, candidates: Sequence[Sequence[Candidate]], n_best: int
) -> tuple[Candidate, ...]:
    """The n_best translations of a line from those of its sentences: the best sums of scores."""
    lines: list[tuple[float, float, tuple[str, ...]]] = [(0.0, 0.0, ())]
    for sentence in candidates:
        longer = [(s + c.score, p + c.log_prob, (*t, c.text)) for s, p, t in lines for c in sentence]
        lines = sorted(longer, key=lambda line: -line[0])[:n_best]
    return tuple(Candidate(segment.join(segments, texts), p, s) for s, p, texts in lines)
