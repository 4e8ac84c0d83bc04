"""Sentences in, hypotheses and their texts out: the models, their tokenizers, and a second look at what failed.

    sentences ─ ids ─ batches of like length ─ decoding ─ hypotheses ─ text

A translation that loops, copies its source, or loses a number or a placeholder is looked for once more, in another
way, and flagged if that fails too; so is one that does not say a glossary's terms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TypeVar

from seq2seq import segment
from seq2seq.alignment import Links, align, word_numbers
from seq2seq.casing import WORD, is_lone
from seq2seq.config import SearchConfig
from seq2seq.decoding import Ids, attention, decode, decode_with_terms, token_log_probs
from seq2seq.detection import failures
from seq2seq.glossary import GLOSSARY, Glossary, Term
from seq2seq.lexicon import Lexicon
from seq2seq.model import Seq2Seq
from seq2seq.protection import PLACEHOLDER, Protected, between, is_whole, restore
from seq2seq.retagging import Retagger, goes_on
from seq2seq.search import Hypothesis, length_penalty
from seq2seq.tokenizer import EOS_ID, Tokenizer, normalize
from seq2seq.translation import count_words

T = TypeVar("T")

BATCH_ROWS = 256  # hypotheses in a batch: sentences times beam
BATCH_TOKENS = 32  # source tokens in a batch for each of its sentences, padding counted: of longer ones, fewer
RESCORED = 64  # translations that are aligned or rescored together
MENDING_NGRAM, MENDING_BEAM = 3, 4  # how a failed sentence is looked for once more
DOUBT = 1.2  # times that of a name: with less a lone word is taken for none. By eye, on two hundred words
TERMS_BEAM = 12  # for what must say terms: places are shared between those that have said more and less
OPENING = "¿¡"
_BEHIND_OPENING = re.compile(f"(?<=[{OPENING}]) +")


@dataclass(frozen=True)
class Found:
    """A sentence as it was searched for, its hypotheses, best first, and its flags."""

    protected: Protected
    hypotheses: list[Hypothesis]
    flags: tuple[str, ...] = ()


@dataclass
class SentenceTranslator:
    """Models of one vocabulary, searched as one.

    lexicon: what a single model's search can be confined to. glossary: terms to be used, where a source has them.
    batch_size: the most sentences that are searched together; 0: as many as make BATCH_ROWS hypotheses.
    """

    models: Sequence[Seq2Seq]
    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer
    lexicon: Lexicon | None
    glossary: Glossary | None
    batch_size: int

    def search(self, sentences: Sequence[Protected], config: SearchConfig, prefixes: Sequence[str] = ()) -> list[Found]:
        """The n_best hypotheses of each sentence, best first, in the sentences' order; what is repeated, once."""
        asked = list(zip(sentences, prefixes or [""] * len(sentences), strict=True))
        distinct = list(dict.fromkeys(asked))
        found = self._search(distinct, config)
        if config.protect and not config.temperature:
            found = self._with_lone_words(found, distinct, config)
        if self.glossary:
            found = self._with_terms(found, self.glossary, config)
        answers = dict(zip(distinct, found, strict=True))
        return [answers[question] for question in asked]

    def texts(self, found: Sequence[Found]) -> list[list[str]]:
        """The texts of each sentence's hypotheses, with marks where tags belong."""
        texts = [[self._text(h) for h in one.hypotheses] for one in found]
        rows = [row for row, one in enumerate(found) if one.protected.pairs]
        retagger = Retagger(self.src_tokenizer, self.tgt_tokenizer, self.lexicon, self._text_of)
        looks = self._of_each([found[row] for row in rows], partial(attention, self.models))
        for row, weights in zip(rows, looks, strict=True):
            one = found[row]
            [src] = self._encode([one.protected.text])
            texts[row] = [
                retagger.marked(src, h.ids, look, one.protected.pairs)
                for h, look in zip(one.hypotheses, weights, strict=True)
            ]
        return texts

    def links(self, found: Sequence[Found]) -> list[list[Links]]:
        """Which word of each hypothesis comes from which of its sentence."""
        return self._of_each(found, self._links)

    def tokens(self, found: Sequence[Found]) -> list[list[tuple[tuple[str, float], ...]]]:
        """The pieces of each hypothesis, eos last, and their log-probs in nats, as the whole vocabulary has them."""
        return self._of_each(found, self._tokens)

    def _search(self, asked: Sequence[tuple[Protected, str]], config: SearchConfig) -> list[Found]:
        """Hypotheses for sentences and their prefixes; failed ones are looked for again."""
        sentences = [protected.text for protected, _ in asked]
        prefixes = [prefix for _, prefix in asked]
        found = [
            Found(protected, hypotheses)
            for (protected, _), hypotheses in zip(asked, self._decode(sentences, prefixes, config), strict=True)
        ]
        failed = {row: names for row, one in enumerate(found) if (names := self._failures(one, one.hypotheses[0]))}
        if not config.mend or config.n_best > 1:  # who asks for several looks at them himself
            return [replace(one, flags=failed.get(row, ())) for row, one in enumerate(found)]
        if failed:
            size = max(MENDING_BEAM, config.beam_size)
            again = replace(
                config, beam_size=size, n_best=size, no_repeat_ngram=MENDING_NGRAM, mbr=False, temperature=0.0
            )
            others = self._decode([sentences[row] for row in failed], [prefixes[row] for row in failed], again)
            for (row, names), hypotheses in zip(failed.items(), others, strict=True):
                found[row] = self._mended(found[row], hypotheses, names)
                if PLACEHOLDER in found[row].flags and not prefixes[row]:
                    found[row] = self._pieced(found[row], config)
        return found

    def _with_lone_words(
        self, found: Sequence[Found], asked: Sequence[tuple[Protected, str]], config: SearchConfig
    ) -> list[Found]:
        """A word that stands alone with a capital is no name if without it the models are surer, or nearly as sure."""
        rows = [row for row, (protected, prefix) in enumerate(asked) if not prefix and is_lone(protected.text)]
        lower = [(replace(asked[row][0], text=asked[row][0].text.lower(), case=WORD), "") for row in rows]
        chosen = list(found)
        for row, other in zip(rows, self._search(lower, config), strict=True):
            failed = any(not flag.startswith("mended") for flag in other.flags)
            doubt, before = (1 - one.hypotheses[0].confidence for one in (other, found[row]))
            if doubt < DOUBT * before and not (failed and not found[row].flags):
                chosen[row] = other
        return chosen

    def _failures(self, found: Found, hypothesis: Hypothesis) -> tuple[str, ...]:
        text = self._text(hypothesis)
        names = failures(found.protected.text, text)
        return names if is_whole(found.protected, text) else (*names, PLACEHOLDER)

    def _decode(
        self, sentences: Sequence[str], prefixes: Sequence[str], config: SearchConfig
    ) -> list[list[Hypothesis]]:
        ids = self._encode(sentences)
        begun: Sequence[Ids] = self.tgt_tokenizer.encode_batch(prefixes) if any(prefixes) else [()] * len(ids)
        found: list[list[Hypothesis]] = [[] for _ in ids]
        size = self.batch_size or max(1, BATCH_ROWS // config.beam_size)
        for rows in _batches([len(sentence) for sentence in ids], size):
            sources, starts = [ids[row] for row in rows], [begun[row] for row in rows]
            batch = decode(self.models, sources, config, lexicon=self.lexicon, prefixes=starts, to_text=self._text)
            for row, hypotheses in zip(rows, batch, strict=True):
                found[row] = hypotheses
        return found

    def _mended(self, first: Found, others: Sequence[Hypothesis], names: tuple[str, ...]) -> Found:
        """The best of other hypotheses that does not fail; where there is none, the first one, flagged."""
        for hypothesis in others:
            if not self._failures(first, hypothesis):
                return replace(first, hypotheses=[hypothesis], flags=tuple(f"mended {name}" for name in names))
        return replace(first, flags=names)

    def _pieced(self, failed: Found, config: SearchConfig) -> Found:
        """What is between placeholders translated piece by piece: worse, but none of them is lost."""
        parts = between(failed.protected.text)
        rows = [row for row, part in enumerate(parts) if segment.is_translatable(part)]
        log_prob = 0.0
        for row, [best, *_] in zip(
            rows, self._decode([parts[row] for row in rows], [""] * len(rows), config), strict=True
        ):
            gaps = segment.split(parts[row], unit=segment.NONE).gaps
            parts[row] = gaps[0] + restore(Protected(""), self._text(best)) + gaps[-1]
            log_prob += best.log_prob
        [ids] = self.tgt_tokenizer.encode_batch(["".join(parts)])
        score = log_prob / float(length_penalty(len(ids) + 1, config.length_penalty))
        pieced = replace(failed, hypotheses=[Hypothesis(tuple(ids), log_prob, score)])
        left = self._failures(pieced, pieced.hypotheses[0])
        assert PLACEHOLDER not in left
        return replace(pieced, flags=tuple(name if name in left else f"mended {name}" for name in failed.flags))

    def _with_terms(self, found: Sequence[Found], glossary: Glossary, config: SearchConfig) -> list[Found]:
        """What says the glossary's terms; where it does not, what a search finds that must say them, or a flag."""
        asked = [glossary.asked(one.protected.text) for one in found]
        rows = [row for row, one in enumerate(found) if not self._says(one.hypotheses[0], asked[row])]
        ids = self._encode([found[row].protected.text for row in rows])
        size = max(TERMS_BEAM, config.beam_size)
        forced = replace(config, beam_size=size, n_best=max(config.n_best, MENDING_BEAM))
        searched = list(found)
        for numbers in _batches([len(sentence) for sentence in ids], self.batch_size or max(1, BATCH_ROWS // size)):
            wanted = [[self.tgt_tokenizer.encode_batch(term.forms()) for term in asked[rows[n]]] for n in numbers]
            batch = decode_with_terms(self.models, [ids[n] for n in numbers], wanted, forced, self._joined)
            for n, hypotheses in zip(numbers, batch, strict=True):
                searched[rows[n]] = self._honoured(found[rows[n]], hypotheses, asked[rows[n]])
        return searched

    def _honoured(self, first: Found, others: Sequence[Hypothesis], terms: Sequence[Term]) -> Found:
        """Others that say the terms, in the number of the first; those that fail in nothing before those that do."""
        saying = [h for h in others if self._says(h, terms)]
        if not saying:
            return replace(first, flags=(*first.flags, GLOSSARY))
        ranked = sorted(saying, key=lambda h: bool(self._failures(first, h)))  # stable: else in their order
        flags = (*self._failures(first, ranked[0]), f"mended {GLOSSARY}")
        return replace(first, hypotheses=ranked[: len(first.hypotheses)], flags=flags)

    def _says(self, hypothesis: Hypothesis, terms: Sequence[Term]) -> bool:
        return all(term.is_in(self._text(hypothesis)) for term in terms)

    @cached_property
    def _joined(self) -> frozenset[int]:
        """Tokens that go on with the word before them."""
        pieces = self.tgt_tokenizer.pieces(range(len(self.tgt_tokenizer)))
        return frozenset(n for n, piece in enumerate(pieces) if goes_on(piece))

    def _encode(self, sentences: Sequence[str]) -> list[list[int]]:
        return self.src_tokenizer.encode_batch([unicodedata.normalize("NFC", sentence) for sentence in sentences])

    def _of_each(
        self, found: Sequence[Found], look: Callable[[Sequence[Ids], Sequence[Ids]], list[T]]
    ) -> list[list[T]]:
        """What `look` sees in each sentence's hypotheses; it takes a batch of source and of target ids."""
        seen: dict[tuple[int, int], T] = {}
        ids = self._encode([one.protected.text for one in found])
        places = [(row, rank) for row, one in enumerate(found) for rank in range(len(one.hypotheses))]
        said = [found[row].hypotheses[rank].ids for row, rank in places]
        lengths = [len(ids[row]) + len(tgt) for (row, _), tgt in zip(places, said, strict=True)]
        for numbers in _batches(lengths, self.batch_size or RESCORED):
            looks = look([ids[places[number][0]] for number in numbers], [said[number] for number in numbers])
            seen |= {places[number]: one for number, one in zip(numbers, looks, strict=True)}
        return [[seen[row, rank] for rank in range(len(one.hypotheses))] for row, one in enumerate(found)]

    def _links(self, sources: Sequence[Ids], targets: Sequence[Ids]) -> list[Links]:
        links = []
        for src, tgt, weights in zip(sources, targets, attention(self.models, sources, targets), strict=True):
            words = (
                word_numbers(self.src_tokenizer.pieces(src)),
                word_numbers(self.tgt_tokenizer.pieces(tgt), OPENING),
            )
            known = count_words(self._text_of(tgt))  # fewer than the pieces', where bytes form no character
            links.append(tuple(link for link in align(weights, *words) if link[1] < known))
        return links

    def _tokens(self, sources: Sequence[Ids], targets: Sequence[Ids]) -> list[tuple[tuple[str, float], ...]]:
        log_probs = token_log_probs(self.models, sources, targets)
        pieces = [self.tgt_tokenizer.pieces([*target, EOS_ID]) for target in targets]
        return [tuple(zip(*row, strict=True)) for row in zip(pieces, log_probs, strict=True)]

    def _text(self, hypothesis: Hypothesis) -> str:
        return self._text_of(hypothesis.ids)

    def _text_of(self, ids: Ids) -> str:
        """One line of text: bytes that form no character are dropped, and no line break or NUL gets out.

        What a model has learned from careless text is put right: no space stands behind ¿ and ¡.
        """
        text = self.tgt_tokenizer.decode(ids).replace("\ufffd", "").replace("\0", "")
        return _BEHIND_OPENING.sub("", normalize(" ".join(text.splitlines())))


def _batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Indices of sentences alike in length, longest first, within the limits of a batch."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        tokens = (len(batch) + 1) * (lengths[batch[0]] + 1) if batch else 0
        if len(batch) == size or tokens > BATCH_TOKENS * size:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
