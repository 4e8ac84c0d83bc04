"""The public translator: lines of text in, as many lines out, in order.

    line ─ segment ─ sentences ─ protected ─ hypotheses ─ texts ─ restored ─ joined line

Lines come in blocks, and what a memory has is not searched for. White space and signs
around sentences, and whatever has no letter in it, are kept as they stand.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, islice, pairwise
from pathlib import Path
from typing import Any

import torch

from seq2seq import bundle, segment
from seq2seq.cells import pack
from seq2seq.config import SearchConfig, as_table, build
from seq2seq.detection import SCRIPT
from seq2seq.device import choose_device, choose_dtype
from seq2seq.errors import UsageError
from seq2seq.glossary import Glossary
from seq2seq.int8 import is_fast, quantize
from seq2seq.lexicon import Lexicon
from seq2seq.memory import Memory
from seq2seq.model import Seq2Seq
from seq2seq.protection import Protected, protect, restore
from seq2seq.scripts import is_foreign
from seq2seq.sentences import SentenceTranslator
from seq2seq.tokenizer import Tokenizer
from seq2seq.translation import Candidate, Translation, combine, identity

BLOCK = 1024  # lines searched together: enough to sort by length, little enough to hold
INT8 = "int8"  # a precision: the decoder's products in 8 bits


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
        together; 0: as many as make `sentences.BATCH_ROWS` hypotheses.
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
        if self.device.type == "cpu":
            for one in self.models:
                pack(one.encoder)
        self.src_tokenizer = src_tokenizer
        self.tgt_tokenizer = tgt_tokenizer
        self.search_config = search
        self.glossary = glossary
        self.memory = memory
        lexicon = lexicon and lexicon.to(self.device)
        self.sentences = SentenceTranslator(self.models, src_tokenizer, tgt_tokenizer, lexicon, glossary, batch_size)

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
        """All lines at once. Each translation begins with `prefix`; then nothing is taken from the memory.

        `alignments` fills in the candidates' links, and `tokens` their tokens, as the whole vocabulary has them: a
        search over a shortlist finds log_probs that are a little higher. `near` shows what the memory has that is
        like a line.
        """
        config = build(SearchConfig, as_table(self.search_config) | search, "search.")
        if self.glossary and (prefix or config.temperature):
            raise UsageError("a glossary is for beam search; leave out the prefix and the temperature")
        whole = self._remembered([line.strip() for line in lines]) if not prefix else {}
        split = [
            segment.whole(line) if line.strip() in whole else segment.split(line, unit=config.split, signs=bool(prefix))
            for line in lines
        ]
        sentences = [sentence for segments in split for sentence in segments.sentences]
        known = self._remembered(sentences) if not prefix else {}
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
        found = self.sentences.search([protected[i] for i in wanted], config, [prefixes[i] for i in wanted])
        candidates = [
            [Candidate(known[one], 0.0, 0.0)]
            if one in known
            else [Candidate(one, 0.0, 0.0, links=identity(one) if alignments else ())]
            for one in sentences
        ]
        flags: list[tuple[str, ...]] = [(SCRIPT,) if is_foreign(one) and one not in known else () for one in sentences]
        for i, one, texts in zip(wanted, found, self.sentences.texts(found), strict=True):
            candidates[i] = [
                Candidate(restore(one.protected, text), h.log_prob, h.score, h.confidence)
                for text, h in zip(texts, one.hypotheses, strict=True)
            ]
            flags[i] += one.flags
        if alignments:
            for i, links in zip(wanted, self.sentences.links(found), strict=True):
                candidates[i] = [replace(c, links=link) for c, link in zip(candidates[i], links, strict=True)]
        if tokens:
            for i, rows in zip(wanted, self.sentences.tokens(found), strict=True):
                candidates[i] = [replace(c, tokens=row) for c, row in zip(candidates[i], rows, strict=True)]
        return list(zip(candidates, flags, strict=True))

    def _remembered(self, texts: Sequence[str]) -> dict[str, str]:
        """What the memory has of texts, but for what does not say a glossary's terms.

        It breaks no line that the text does not: else one line of a file would become two.
        """
        found = {} if self.memory is None else self.memory.exact(texts)
        known = {source: text if "\n" in source else " ".join(text.splitlines()) for source, text in found.items()}
        if not self.glossary:
            return known
        asked = {source: self.glossary.asked(source) for source in known}
        return {source: text for source, text in known.items() if all(term.is_in(text) for term in asked[source])}


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
