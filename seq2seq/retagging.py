"""Where in a hypothesis the tags of its source belong: around what comes from the words they stood around."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from seq2seq import tags
from seq2seq.lexicon import Lexicon
from seq2seq.tokenizer import Tokenizer

KNOWN = 8.0  # times as much does a token count for one that the lexicon has as its translation
_BYTE = re.compile("<0x..>")  # how a piece that is a byte is spelled


def goes_on(piece: str) -> bool:
    """Is a piece part of the word before, if there is one?"""
    return piece[0].isalnum() or _BYTE.fullmatch(piece) is not None


@dataclass(frozen=True)
class Retagger:
    """Lays tags back by a model's attention and its lexicon, where it has one."""

    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer
    lexicon: Lexicon | None
    to_text: Callable[[Sequence[int]], str]

    def marked(self, src: Sequence[int], tgt: Sequence[int], look: Tensor, pairs: Sequence[tags.Pair]) -> str:
        """The text of the hypothesis `tgt` with the marks of pairs that were lifted off `src`.

        look: as `decoding.attention` gives it, float32 (T, S), eos last.
        """
        text = self.to_text(tgt)
        if not text or not src:
            return tags.marked(text, pairs, [(0, len(text))] * len(pairs))
        pieces = self.tgt_tokenizer.pieces(tgt)
        bounds = [n for n in range(len(tgt)) if n == 0 or not _joined(pieces[n - 1], pieces[n])] + [len(tgt)]
        likely = self._likely(src, tgt, look[:-1, :-1])  # (T, S)
        units = torch.stack([likely[start:end].sum(0) for start, end in pairwise(bounds)])  # (units, S)
        ends = [tags.size(self.src_tokenizer.decode(src[: n + 1])) for n in range(len(src))]
        places = []
        for first, last in tags.stretches(pairs, units, ends):
            start, end = (len(self.to_text(tgt[: bounds[unit]])) for unit in (first, last))
            places.append((start + text[start:end].startswith(" "), end))
        return tags.marked(text, pairs, places)

    def _likely(self, src: Sequence[int], tgt: Sequence[int], look: Tensor) -> Tensor:
        """How much each target token has to do with each source token: where it looks, by what the lexicon knows.

        Words come from words, and punctuation from punctuation.
        """
        src_words, tgt_words = (
            torch.tensor([any(map(str.isalnum, piece)) for piece in tokenizer.pieces(ids)])
            for tokenizer, ids in ((self.src_tokenizer, src), (self.tgt_tokenizer, tgt))
        )
        likely = look * (tgt_words[:, None] == src_words)  # (T, S)
        if not self.lexicon:
            return likely
        candidates = self.lexicon.candidates[list(src)].cpu()  # (S, n)
        known = (candidates == torch.tensor(tgt)[:, None, None]).any(-1)  # (T, S)
        return torch.where(known, KNOWN * likely, likely)


def _joined(before: str, piece: str) -> bool:
    """Is a piece part of the word that the piece before is of? Neither does punctuation go on, nor a word with it."""
    return goes_on(piece) and (before[-1].isalnum() or _BYTE.fullmatch(before) is not None)
