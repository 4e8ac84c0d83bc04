"""Search over a shortlist, against the network's own probabilities cut to the list."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from test_decoding import SEARCH as WIDE
from test_decoding import rescore

from seq2seq.batching import collate
from seq2seq.config import ModelConfig, SearchConfig
from seq2seq.decoding import decode
from seq2seq.lexicon import Lexicon
from seq2seq.model import Seq2Seq
from seq2seq.search import Hypothesis
from seq2seq.tokenizer import BOS_ID, EOS_ID, FIRST_PIECE, PAD_ID

SEARCH = replace(WIDE, shortlist=True)
VOCAB = FIRST_PIECE + 400  # most of it pieces, so that lists leave most of it out
COMMON = [FIRST_PIECE + 4, FIRST_PIECE + 20]
SOURCES = [[FIRST_PIECE + n for n in row] for row in ([7, 8, 9], [10], [11, 12, 13, 14, 15, 16])]


def network(seed: int = 0) -> Seq2Seq:
    """One that likes to say pieces, since their bytes are always allowed."""
    torch.manual_seed(seed)
    sizes = ModelConfig(width=16, heads=2, encoder_layers=1, decoder_layers=2)
    model = Seq2Seq(sizes, VOCAB, VOCAB).eval().double()
    model.tgt_embedding.weight.data[FIRST_PIECE:] *= 4
    return model


@pytest.fixture
def lexicon() -> Lexicon:
    """Two candidates for a token, at random, and some with one."""
    candidates = torch.randint(
        FIRST_PIECE, VOCAB, (VOCAB, 2), generator=torch.Generator().manual_seed(3), dtype=torch.int32
    )
    candidates[FIRST_PIECE + 8, 1] = -1
    candidates[PAD_ID] = -1  # which stands in no pair
    return Lexicon(candidates, torch.tensor(COMMON, dtype=torch.int32))


def listed(lexicon: Lexicon, source: list[int]) -> set[int]:
    candidates = {int(token) for src in [*source, EOS_ID] for token in lexicon.candidates[src] if token >= 0}
    return {*candidates, *COMMON, *source, *range(FIRST_PIECE)}


def log_prob_within(model: Seq2Seq, source: list[int], ids: tuple[int, ...], allowed: set[int]) -> float:
    """The log-prob of a hypothesis where nothing else than what is allowed can be said, by the training forward."""
    batch = collate([source], [ids])
    with torch.no_grad():
        log_probs = model.log_probs(model(batch.src_ids, batch.src_lengths, batch.tgt_ids))[0]
    total = log_probs[:, sorted(allowed - {PAD_ID, BOS_ID})].logsumexp(-1)
    return float((log_probs.gather(1, batch.labels[:, None]).squeeze(1) - total).sum())


@pytest.mark.parametrize(
    "search",
    [SEARCH, replace(SEARCH, beam_size=1, n_best=1), replace(SEARCH, no_repeat_ngram=1, beam_size=3, n_best=1)],
)
def test_hypotheses_stay_within_their_own_sentence_s_list(lexicon: Lexicon, search: SearchConfig) -> None:
    model = network()
    for source, hypotheses in zip(SOURCES, decode([model], SOURCES, search, lexicon=lexicon), strict=True):
        for h in hypotheses:
            assert set(h.ids) <= listed(lexicon, source)
            assert len(listed(lexicon, source)) < FIRST_PIECE + 30
            assert h.log_prob == pytest.approx(log_prob_within(model, source, h.ids, listed(lexicon, source)), abs=1e-4)


def test_a_sentence_s_hypotheses_do_not_depend_on_its_neighbours_lists(lexicon: Lexicon) -> None:
    model = network()
    together = decode([model], SOURCES, SEARCH, lexicon=lexicon)
    alone = [decode([model], [source], SEARCH, lexicon=lexicon)[0] for source in SOURCES]
    assert [[h.ids for h in row] for row in together] == [[h.ids for h in row] for row in alone]


def test_a_list_of_everything_changes_nothing() -> None:
    everything = Lexicon(torch.full((VOCAB, 1), -1, dtype=torch.int32), torch.arange(VOCAB, dtype=torch.int32))
    model = network()
    same(decode([model], SOURCES, SEARCH, lexicon=everything), decode([model], SOURCES, SEARCH))


@pytest.mark.parametrize("search", [SearchConfig(), SearchConfig(shortlist=True, temperature=1.0)])
def test_who_asks_for_the_whole_distribution_gets_it(lexicon: Lexicon, search: SearchConfig) -> None:
    model = network()
    same(decode([model], SOURCES, search, lexicon=lexicon), decode([model], SOURCES, search))


def test_beginnings_and_ensembles_are_searched_over_everything(lexicon: Lexicon) -> None:
    models, begun = [network(1), network(2)], [[VOCAB - 1], [VOCAB - 2], [VOCAB - 3]]
    same(decode(models, SOURCES, SEARCH, lexicon=lexicon), decode(models, SOURCES, SEARCH))
    found = decode([network()], SOURCES, SEARCH, lexicon=lexicon, prefixes=begun)
    for source, beginning, row in zip(SOURCES, begun, found, strict=True):
        for h in row:
            assert list(h.ids[:1]) == beginning
            assert h.log_prob == pytest.approx(sum(rescore(network(), source, h.ids)), abs=1e-4)


def same(one: list[list[Hypothesis]], other: list[list[Hypothesis]]) -> None:
    assert [[h.ids for h in row] for row in one] == [[h.ids for h in row] for row in other]
    scores = [[h.score for row in found for h in row] for found in (one, other)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)
