"""The public translator: lines of text in, as many lines out, in order.

    line ─ segment ─ sentences ─ tokenizer ─ ids ─ decoding ─ hypotheses ─ tokenizer ─ text ─ joined line

Lines come in blocks; the sentences of a block are sorted by length, searched in
batches and put back. White space around and between sentences, and whatever has
no letter in it, is kept as it stands. A translation that loops or copies its
source is looked for once more, in another way, and flagged if that fails too.
"""

from __future__ import annotations

import copy
import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import accumulate, islice, pairwise
from pathlib import Path
from typing import Any, TypeVar

import torch

from seq2seq import bundle, segment
from seq2seq.alignment import Links, align, word_numbers
from seq2seq.config import SearchConfig, as_table, build
from seq2seq.decoding import Ids, attention, decode, decode_with_terms, token_log_probs
from seq2seq.detection import SCRIPT, failures
from seq2seq.device import choose_device, choose_dtype
from seq2seq.errors import UsageError
from seq2seq.glossary import GLOSSARY, Glossary, Term
from seq2seq.int8 import is_fast, quantize
from seq2seq.lexicon import Lexicon
from seq2seq.memory import Memory
from seq2seq.model import Seq2Seq
from seq2seq.protection import PLACEHOLDER, Protected, between, is_whole, protect, restore
from seq2seq.retagging import Retagger, goes_on
from seq2seq.scripts import is_foreign
from seq2seq.search import Hypothesis, length_penalty
from seq2seq.tokenizer import EOS_ID, Tokenizer, normalize
from seq2seq.translation import Candidate, Translation, combine, count_words, identity

T = TypeVar("T")

BLOCK = 1024  # lines searched together: enough to sort by length, little enough to hold
BATCH_ROWS = 256  # hypotheses in a batch: sentences times beam
BATCH_TOKENS = 32  # source tokens in a batch for each of its sentences, padding counted: of longer ones, fewer
INT8 = "int8"  # a precision: the decoder's products in 8 bits
RESCORED = 64  # translations that are aligned or rescored together
MENDING_NGRAM, MENDING_BEAM = 3, 4  # how a failed sentence is looked for once more
TERMS_BEAM = 12  # for what must say terms: places are shared between those that have said more and less


@dataclass(frozen=True)
class Found:
    """A sentence as it was searched for, its hypotheses, best first, and its flags."""

    protected: Protected
    hypotheses: list[Hypothesis]
    flags: tuple[str, ...] = ()


class Translator:
    """A model ready to translate, or several as one ensemble.

    >>> translator = Translator.load("runs/demo/model")
    >>> translator.translate(["The cat sleeps."])
    ['El gato duerme.']
    """

    def __init__(
        self,
        model: Seq2Seq | Sequence[Seq2Seq],
        src_tokenizer: Tokenizer,
        tgt_tokenizer: Tokenizer,
        search: SearchConfig,
        *,
        lexicon: Lexicon | None = None,
        glossary: Glossary | None = None,
        memory: Memory | None = None,
        precision: str = "auto",
        batch_size: int = 0,
    ) -> None:
        """Takes copies of the models in the type that `precision` (auto, fp32, bf16, int8) means on their device.

        lexicon: what a single model's search can be confined to. glossary: terms to be used, where a source
        has them. memory: what is in it need not be searched for. batch_size: the most sentences that are searched
        together; 0: as many as make BATCH_ROWS hypotheses.
        """
        models = [model] if isinstance(model, torch.nn.Module) else list(model)
        self.device = next(models[0].parameters()).device
        dtype = choose_dtype("auto" if precision == INT8 else precision, self.device)
        if precision == INT8 and self.device.type != "cpu":
            raise UsageError(f"--precision int8 is for processors, not for {self.device}; use auto")
        self.models = [_converted(one, torch.float32 if precision == INT8 else dtype) for one in models]
        if precision == INT8:
            for one in self.models:
                quantize(one, dtype)
        self.src_tokenizer = src_tokenizer
        self.tgt_tokenizer = tgt_tokenizer
        self.search_config = search
        self.lexicon = lexicon and lexicon.to(self.device)
        self.glossary = glossary
        self.memory = memory
        self.batch_size = batch_size

    @classmethod
    def load(
        cls,
        *paths: str | Path,
        glossary: Glossary | None = None,
        memory: Memory | None = None,
        device: str = "auto",
        precision: str = "auto",
        batch_size: int = 0,
    ) -> Translator:
        """The translator in a model directory, or in several whose models are averaged at each step.

        precision "auto": int8 on a processor that is fast at it, else bf16 where that is fast, else fp32. `BundleError`
        names what is missing or damaged; several need one vocabulary, else `UsageError`.
        """
        first, *others = loaded = [bundle.load(Path(path)) for path in paths]
        for path, other in zip(paths[1:], others, strict=True):
            if _vocabulary(other) != _vocabulary(first):
                raise UsageError(f"{path} has another vocabulary than {paths[0]}; models that go together share one")
        where = choose_device(device)
        models = [one.model.to(where) for one in loaded]
        if precision == "auto" and where.type == "cpu" and is_fast():
            precision = INT8
        return cls(
            models,
            first.src_tokenizer,
            first.tgt_tokenizer,
            first.config.search,
            lexicon=first.lexicon,
            glossary=glossary,
            memory=memory,
            precision=precision,
            batch_size=batch_size,
        )

    def translate(self, lines: Iterable[str], **search: Any) -> list[str]:
        """The best translation of each line, in order.

        Keywords are fields of `SearchConfig`, such as beam_size=1; an impossible one raises `ConfigError`, and
        a lone surrogate in a line `DataError`. A line break within a line stays where it is.
        """
        return [translation.text for translation in self.stream(lines, **search)]

    def stream(self, lines: Iterable[str], **search: Any) -> Iterator[Translation]:
        """Translations one by one as their block is done; holds no more than a block of lines."""
        lines = iter(lines)
        while block := list(islice(lines, BLOCK)):
            yield from self.translate_block(block, **search)

    def translate_block(
        self,
        lines: Sequence[str],
        *,
        prefix: str = "",
        alignments: bool = False,
        tokens: bool = False,
        near: bool = False,
        **search: Any,
    ) -> list[Translation]:
        """All lines at once. Each translation begins with `prefix`.

        `alignments` fills in the candidates' links, and `tokens` their tokens, as the whole vocabulary has them: a
        search over a shortlist finds log_probs that are a little higher. `near` shows what the memory has that is
        like a line.
        """
        config = build(SearchConfig, as_table(self.search_config) | search, "search.")
        whole = self._remembered([line.strip() for line in lines])
        split = [segment.split(line, unit=segment.NONE if line.strip() in whole else config.split) for line in lines]
        sentences = [sentence for segments in split for sentence in segments.sentences]
        known = self._remembered(sentences)
        firsts = {start for start, _ in _ranges(split)} if prefix else set()
        prefixes = [prefix if number in firsts else "" for number in range(len(sentences))]
        found = self._sentences(sentences, known, prefixes, config, alignments=alignments, tokens=tokens)
        made = []
        for line, segments, (start, end) in zip(lines, split, _ranges(split), strict=True):
            candidates = combine(segments, [one for one, _ in found[start:end]], config.n_best)
            asked = self.glossary.asked(line) if self.glossary else []
            made.append(
                Translation(
                    line,
                    candidates,
                    tuple(dict.fromkeys(flag for _, flags in found[start:end] for flag in flags)),
                    remembered=start < end and all(sentence in known for sentence in sentences[start:end]),
                    terms=tuple((term.source, term.is_in(candidates[0].text)) for term in asked),
                    near=tuple(self.memory.near(line.strip())) if near and self.memory is not None else (),
                )
            )
        return made

    def _sentences(
        self,
        sentences: Sequence[str],
        known: Mapping[str, str],
        prefixes: Sequence[str],
        config: SearchConfig,
        *,
        alignments: bool,
        tokens: bool,
    ) -> list[tuple[list[Candidate], tuple[str, ...]]]:
        """The candidates and the flags of each sentence: searched for, known, or without a word and as it stands."""
        protected = [
            protect(one, words=alignments, lift=not alignments) if config.protect else Protected(one)
            for one in sentences
        ]
        wanted = [
            i for i, one in enumerate(protected) if segment.is_translatable(one.text) and sentences[i] not in known
        ]
        found = self.search([protected[i] for i in wanted], config, [prefixes[i] for i in wanted])
        candidates = [
            [Candidate(known[one], 0.0, 0.0)]
            if one in known
            else [Candidate(one, 0.0, 0.0, links=identity(one) if alignments else ())]
            for one in sentences
        ]
        flags: list[tuple[str, ...]] = [(SCRIPT,) if is_foreign(sentence) else () for sentence in sentences]
        for i, one, texts in zip(wanted, found, self._texts(found), strict=True):
            candidates[i] = [
                Candidate(restore(one.protected, text), h.log_prob, h.score, math.exp(h.log_prob / (len(h.ids) + 1)))
                for text, h in zip(texts, one.hypotheses, strict=True)
            ]
            flags[i] += one.flags
        if alignments:
            for i, links in zip(wanted, self._of_each(found, self._links), strict=True):
                candidates[i] = [replace(c, links=link) for c, link in zip(candidates[i], links, strict=True)]
        if tokens:
            for i, rows in zip(wanted, self._of_each(found, self._tokens), strict=True):
                candidates[i] = [replace(c, tokens=row) for c, row in zip(candidates[i], rows, strict=True)]
        return list(zip(candidates, flags, strict=True))

    def _remembered(self, texts: Sequence[str]) -> dict[str, str]:
        """What the memory has of texts, but for what does not say a glossary's terms."""
        known = {} if self.memory is None else self.memory.exact(texts)
        if not self.glossary:
            return known
        asked = {source: self.glossary.asked(source) for source in known}
        return {source: text for source, text in known.items() if all(term.is_in(text) for term in asked[source])}

    def search(self, sentences: Sequence[Protected], config: SearchConfig, prefixes: Sequence[str] = ()) -> list[Found]:
        """The n_best hypotheses of each sentence, best first, in the sentences' order; what is repeated, once."""
        asked = list(zip(sentences, prefixes or [""] * len(sentences), strict=True))
        distinct = list(dict.fromkeys(asked))
        found = self._search(distinct, config)
        if self.glossary:
            found = self._with_terms(found, self.glossary, config)
        answers = dict(zip(distinct, found, strict=True))
        return [answers[question] for question in asked]

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
            gaps = segment.split(parts[row]).gaps
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
        for numbers in _batches([len(sentence) for sentence in ids], max(1, BATCH_ROWS // size)):
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

    def _texts(self, found: Sequence[Found]) -> list[list[str]]:
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

    def _links(self, sources: Sequence[Ids], targets: Sequence[Ids]) -> list[Links]:
        links = []
        for src, tgt, weights in zip(sources, targets, attention(self.models, sources, targets), strict=True):
            words = word_numbers(self.src_tokenizer.pieces(src)), word_numbers(self.tgt_tokenizer.pieces(tgt))
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
        """One line of text: bytes that form no character are dropped, and no line break or NUL gets out."""
        text = self.tgt_tokenizer.decode(ids).replace("\ufffd", "").replace("\0", "")
        return normalize(" ".join(text.splitlines()))


def _converted(model: Seq2Seq, dtype: torch.dtype) -> Seq2Seq:
    """A copy of a model with weights of `dtype`, made in one pass over them, ready to translate."""
    weights = {
        id(weight): torch.nn.Parameter(weight.detach().to(dtype, copy=True), requires_grad=False)
        for weight in model.parameters()
    }
    return copy.deepcopy(model, dict(weights)).eval()


def search_options(config: SearchConfig, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a command was asked for, over a model's own `config`: a list of one, or a beam wide enough for more."""
    n_best = given.get("n_best") or 1
    beam_size = given.get("beam_size") or max(config.beam_size, n_best)
    return {**given, "n_best": n_best, "beam_size": beam_size}


def _vocabulary(loaded: bundle.Bundle) -> tuple[bytes, bytes]:
    return loaded.src_tokenizer.to_bytes(), loaded.tgt_tokenizer.to_bytes()


def _ranges(split: Sequence[segment.Segments]) -> list[tuple[int, int]]:
    """Where the sentences of each line stand among those of all lines."""
    ends = list(accumulate((len(segments.sentences) for segments in split), initial=0))
    return list(pairwise(ends))


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
