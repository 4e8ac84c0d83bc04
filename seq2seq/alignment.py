"""Which source word a target word comes from, read off the attention.

Words are what stands between spaces, counted from 0, as Pharaoh's format has them: "0-0 1-2 2-1".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

Links = tuple[tuple[int, int], ...]  # source word, target word


def word_numbers(pieces: Sequence[str], opening: str = "") -> list[int]:
    """The word that each piece of SentencePiece belongs to: it begins with ▁, of which several in a row are one.

    opening: characters behind which no word begins, for no space is written there.
    """
    numbers: list[int] = []
    number, begun = 0, False  # begun: the word has a character already
    last = " "  # character that is no space
    for piece in pieces:
        if begun and piece.startswith("\u2581") and last not in opening:
            number, begun = number + 1, False
        begun = begun or piece.strip("\u2581") != ""
        last = piece.rstrip("\u2581")[-1:] or last
        numbers.append(number)
    return numbers if begun else [min(number, max(0, numbers[-1] - 1)) for number in numbers]


def align(weights: Tensor, src_words: Sequence[int], tgt_words: Sequence[int]) -> Links:
    """For each target word the source word that its pieces look at most.

    weights (T, S) as `decoding.attention` gives them, eos last on both sides; the words of all other tokens.
    """
    assert weights.shape == (len(tgt_words) + 1, len(src_words) + 1)
    if not src_words or not tgt_words:
        return ()
    looks = torch.zeros(tgt_words[-1] + 1, src_words[-1] + 1)
    rows, columns = torch.tensor(tgt_words), torch.tensor(src_words)
    looks.index_put_((rows[:, None], columns[None, :]), weights[:-1, :-1].float(), accumulate=True)
    return tuple((source, target) for target, source in enumerate(looks.argmax(1).tolist()))


def shift(links: Links, src: int, tgt: int) -> Links:
    """The same links where so many words stand before."""
    return tuple((s + src, t + tgt) for s, t in links)


def pharaoh(links: Links) -> str:
    """The links in a line."""
    return " ".join(f"{s}-{t}" for s, t in links)
