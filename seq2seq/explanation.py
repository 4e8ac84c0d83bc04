"""What a model sees and weighs while it translates a sentence: pieces, choices, attention, gates."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq.batching import collate
from seq2seq.cells import Recurrent
from seq2seq.config import SearchConfig, as_table, build
from seq2seq.decoding import attention
from seq2seq.model import Seq2Seq
from seq2seq.protection import Protected, restore
from seq2seq.search import Hypothesis
from seq2seq.tokenizer import EOS_ID
from seq2seq.translator import Translator

NO_GATES = "No gates are shown: the model's cells are no LSTM, which alone has input, forget and output gates."
CHOICES = 3  # likeliest pieces told of each position


@dataclass(frozen=True)
class Said:
    """A piece, its log-prob, and the likeliest pieces at its place with theirs."""

    piece: str
    log_prob: float
    choices: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Branch:
    """Pieces that hypotheses share, the log_prob of the best of these to its end, and how they go on."""

    pieces: tuple[str, ...]
    log_prob: float
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Gates:
    """How far a layer's gates stand open at each position, and how full its cells are, in the mean: 0 to 1."""

    layer: str
    input: tuple[float, ...]
    forget: tuple[float, ...]
    output: tuple[float, ...]
    cell: tuple[float, ...]  # |tanh c|

    @property
    def name(self) -> str:
        """The layer as people call it, counted from 1: encoder 1 forward."""
        side, _, number, cells = self.layer.split(".")
        return f"{side} {int(number) + 1} {cells.removesuffix('cells').removesuffix('_')}".rstrip()


@dataclass(frozen=True)
class Explanation:
    """All that is told of a sentence's best translation.

    attention[layer][t][s] is where the decoder looks while it says piece t.
    """

    translation: str
    source: tuple[str, ...]
    said: tuple[Said, ...]
    beam: tuple[Branch, ...]
    attention: tuple[tuple[tuple[float, ...], ...], ...]
    gates: tuple[Gates, ...]  # none where cells are no LSTM


@dataclass(frozen=True)
class Look:
    """Where the first decoder layer looks while a translation is said: weights[t][s], of each piece in the source."""

    source: tuple[str, ...]
    said: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]


def look(translator: Translator, source: str, translation: str) -> Look:
    """Of any translation, whoever it is from, as the model reads it; ends of sentence stand last."""
    [src_ids] = translator.src_tokenizer.encode_batch([unicodedata.normalize("NFC", source)])
    [tgt_ids] = translator.tgt_tokenizer.encode_batch([unicodedata.normalize("NFC", translation)])
    [weights] = attention(translator.models[:1], [src_ids], [tgt_ids])
    return Look(
        tuple(translator.src_tokenizer.pieces([*src_ids, EOS_ID])),
        tuple(translator.tgt_tokenizer.pieces([*tgt_ids, EOS_ID])),
        tuple(tuple(row) for row in weights.tolist()),
    )


@torch.inference_mode()
def explain(translator: Translator, sentence: str, **search: object) -> Explanation:
    """The explanation of one sentence's best translation; `search` as in `Translator.translate`.

    The sentence is searched for as it stands, as one and without placeholders, over the whole vocabulary. Of a lone
    word with a capital, it is the case that was chosen.
    """
    sentence = unicodedata.normalize("NFC", sentence)
    table = as_table(translator.search_config) | search
    told = {"n_best": table["beam_size"], "mend": False, "shortlist": False}
    config = build(SearchConfig, table | told, "search.")
    [found] = translator.sentences.search([Protected(sentence)], config)
    model = translator.models[0]
    [src_ids] = translator.src_tokenizer.encode_batch([found.protected.text])
    tgt_ids = list(found.hypotheses[0].ids)
    batch = collate([src_ids], [tgt_ids]).to(translator.device)
    log_probs = model.log_probs(model(batch.src_ids, batch.src_lengths, batch.tgt_ids))[0]  # (T, V)
    looks = model.attended(batch.src_ids, batch.src_lengths, batch.tgt_ids)[0].float()  # (layers, T, S)
    pieces = translator.tgt_tokenizer.pieces
    said = []
    for row, token in zip(log_probs, [*tgt_ids, EOS_ID], strict=True):
        best, ids = row.topk(CHOICES)
        choices = zip(pieces(ids.tolist()), best.tolist(), strict=True)
        said.append(Said(pieces([token])[0], row[token].item(), tuple(choices)))
    return Explanation(
        translation=restore(found.protected, translator.sentences.texts([found])[0][0]),
        source=tuple(translator.src_tokenizer.pieces([*src_ids, EOS_ID])),
        said=tuple(said),
        beam=_tree([(tuple(pieces([*h.ids, EOS_ID])), h) for h in found.hypotheses]),
        attention=tuple(tuple(tuple(row) for row in layer) for layer in looks.tolist()),
        gates=tuple(_gates(model, batch.src_ids, batch.src_lengths, batch.tgt_ids)),
    )


def _tree(hypotheses: Sequence[tuple[tuple[str, ...], Hypothesis]]) -> tuple[Branch, ...]:
    """Hypotheses as a tree: what begins alike stands once. Branches keep the order of their best hypothesis."""
    branches = []
    for first in dict.fromkeys(pieces[0] for pieces, _ in hypotheses if pieces):
        own = [(pieces, h) for pieces, h in hypotheses if pieces and pieces[0] == first]
        shared = _shared([pieces for pieces, _ in own])
        rest = [(pieces[shared:], h) for pieces, h in own]
        best = max(h.log_prob for _, h in own)
        branches.append(Branch(own[0][0][:shared], best, _tree(rest)))
    return tuple(branches)


def _shared(rows: Sequence[Sequence[str]]) -> int:
    """How many pieces all rows begin with."""
    columns = zip(*rows, strict=False)
    return next((n for n, column in enumerate(columns) if len(set(column)) > 1), min(map(len, rows)))


def _gates(model: Seq2Seq, src_ids: Tensor, src_lengths: Tensor, tgt_ids: Tensor) -> list[Gates]:
    """Of every layer that has LSTM cells, seen by what flows into them."""
    seen: list[tuple[str, Recurrent, Tensor]] = []
    hooks = []
    for name, module in model.named_modules():
        if isinstance(module, Recurrent) and module.cell == "lstm":
            keep = lambda cells, args, name=name: seen.append((name, cells, args[0]))  # noqa: E731
            hooks.append(module.register_forward_pre_hook(keep))
    model(src_ids, src_lengths, tgt_ids)
    for hook in hooks:
        hook.remove()
    gates = []
    for name, cells, x in seen:
        means = {gate: opened[0].float().mean(-1) for gate, opened in cells.gates(x).items()}  # (T,) each
        if "backward" in name:  # it read the sentence from its end
            means = {gate: opened.flip(0) for gate, opened in means.items()}
        gates.append(Gates(name, **{gate: tuple(opened.tolist()) for gate, opened in means.items()}))
    return gates
