"""Beam search for hypotheses that must say given terms, over the Step protocol.

A beam of the likeliest hypotheses would never say what the model finds unlikely, so places are kept for those that
have said more: hypotheses compete with those that are as far as they are (dynamic beam allocation, Post and Vilar
2018, arXiv 1804.06609). A term may have several forms; which one is said is the model's choice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seq2seq.search import Hypothesis, S, Step, length_penalty
from seq2seq.tokenizer import BOS_ID, EOS_ID

Terms = Sequence[Sequence[Sequence[int]]]  # of a sentence: for each term its forms, in tokens


@dataclass(frozen=True)
class Said:
    """What of a sentence's terms a hypothesis has said.

    open: those it has not. begun: forms whose first tokens are its last ones, as (term, form, tokens said).
    closing: is its last token the last one of a term?
    """

    open: frozenset[int]
    begun: frozenset[tuple[int, int, int]] = frozenset()
    closing: bool = False

    def after(self, token: int, terms: Terms) -> Said:
        """What has been said with one token more."""
        going = {(term, form, done + 1) for term, form, done in self.begun if terms[term][form][done] == token}
        going |= {(term, form, 1) for term in self.open for form, ids in enumerate(terms[term]) if ids[0] == token}
        ended = {term for term, form, done in going if done == len(terms[term][form])}
        begun = frozenset(one for one in going if one[2] < len(terms[one[0]][one[1]]))
        return Said(self.open - ended, begun, bool(ended))

    def wanted(self, terms: Terms) -> set[int]:
        """Tokens that begin a term or go on with one."""
        first = {ids[0] for term in self.open for ids in terms[term]}
        return first | {terms[term][form][done] for term, form, done in self.begun}

    def far(self) -> tuple[int, int]:
        """How far it is; hypotheses that are as far share places."""
        return -len(self.open), max((done for term, _, done in self.begun if term in self.open), default=0)


@dataclass(frozen=True)
class Partial:
    """An unfinished hypothesis, and its row among those of the last step."""

    ids: tuple[int, ...]
    log_prob: float
    said: Said
    row: int


@torch.inference_mode()
def constrained_search(
    model: Step[S],
    src_ids: Tensor,
    src_lengths: Tensor,
    max_lengths: Sequence[int],
    terms: Sequence[Terms],
    *,
    beam_size: int,
    n_best: int = 1,
    alpha: float = 1.0,
    joined: frozenset[int] = frozenset(),
) -> list[list[Hypothesis]]:
    """The n_best hypotheses of each sentence, best first, that say one form at least of each of its terms.

    src_ids int64 (B, S), src_lengths int64 (B,), max_lengths: most tokens for each sentence, eos not counted.
    joined: tokens that go on with a word, and so don't follow a term unless they belong to a longer form of one. A
    sentence's list is shorter than n_best, or empty, where nothing that was found says all. It ends as in
    `beam_search`; that a beam is wide enough to hold every hypothesis makes it enumeration here too.
    """
    assert 1 <= n_best <= beam_size
    beams = {n: [Partial((), 0.0, Said(frozenset(range(len(own)))), row=n)] for n, own in enumerate(terms)}
    finished: list[list[Hypothesis]] = [[] for _ in terms]
    prev_ids = torch.full((len(src_ids),), BOS_ID, device=src_ids.device)  # (N,)
    state = model.init(src_ids, src_lengths)
    for length in range(max(max_lengths) + 1):
        log_probs, state = model.step(prev_ids, state)  # (N, V)
        penalty = float(length_penalty(length + 1, alpha))
        for sentence, beam in list(beams.items()):
            longest = max_lengths[sentence]
            longer = list(_longer(beam, log_probs, terms[sentence], beam_size, joined, ending=length == longest))
            ended = [one for one in longer if one.ids[-1] == EOS_ID]
            found = finished[sentence] + [Hypothesis(h.ids[:-1], h.log_prob, h.log_prob / penalty) for h in ended]
            finished[sentence] = found = sorted(found, key=lambda h: -h.score)[:n_best]
            beams[sentence] = _share([one for one in longer if one.ids[-1] != EOS_ID], beam_size)
            bound = max((one.log_prob for one in beams[sentence]), default=-torch.inf)
            bound /= float(length_penalty(longest + 1, alpha))
            if not beams[sentence] or (len(found) == n_best and bound <= found[-1].score):
                del beams[sentence]
        if not beams:
            break
        width = max(map(len, beams.values()))
        filled = [beam + [beam[-1]] * (width - len(beam)) for beam in beams.values()]  # as many rows for each: (B', K)
        state = model.select(state, torch.tensor([[one.row for one in beam] for beam in filled], device=src_ids.device))
        prev_ids = torch.tensor([one.ids[-1] for beam in filled for one in beam], device=src_ids.device)  # (N,)
        for number, (sentence, beam) in enumerate(beams.items()):
            beams[sentence] = [replace(one, row=number * width + place) for place, one in enumerate(beam)]
    return finished


def _longer(
    beam: Sequence[Partial], log_probs: Tensor, terms: Terms, beam_size: int, joined: frozenset[int], *, ending: bool
) -> Iterator[Partial]:
    """Each hypothesis with a token more: the likeliest ones, and those that terms want. `ending`: with eos alone."""
    rows = log_probs[[one.row for one in beam]].cpu()  # (K, V); a GPU is waited for once, not for each token
    best = rows.topk(min(beam_size + 1, rows.size(1)), dim=-1).indices.tolist()  # (K, beam_size + 1)
    for one, row, likely in zip(beam, rows, best, strict=True):
        wanted = one.said.wanted(terms)
        for token in {EOS_ID} if ending else {*likely, *wanted, EOS_ID}:
            if (token == EOS_ID and one.said.open) or (one.said.closing and token in joined and token not in wanted):
                continue
            value = row[token].item()
            if value > -torch.inf:
                yield Partial((*one.ids, token), one.log_prob + value, one.said.after(token, terms), one.row)


def _share(candidates: Sequence[Partial], beam_size: int) -> list[Partial]:
    """The beam_size that are kept: as many places for each group of those that are as far, the rest for the best."""
    ranked = sorted(candidates, key=lambda one: -one.log_prob)
    groups: dict[tuple[int, int], list[Partial]] = defaultdict(list)
    for one in ranked:
        groups[one.said.far()].append(one)
    places = max(1, beam_size // max(1, len(groups)))
    first = [one for _, group in sorted(groups.items(), reverse=True) for one in group[:places]][:beam_size]
    chosen = {id(one) for one in first}
    return first + [one for one in ranked if id(one) not in chosen][: beam_size - len(first)]
