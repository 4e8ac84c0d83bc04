"""What is told of a sentence is what the network computes."""

from __future__ import annotations

import pytest
import torch
from test_bundle import train_tokenizer

from seq2seq.cells import Recurrent
from seq2seq.config import ModelConfig, SearchConfig
from seq2seq.explanation import _tree, explain
from seq2seq.model import Seq2Seq
from seq2seq.search import Hypothesis
from seq2seq.translator import Translator


@pytest.fixture(scope="module")
def translator() -> Translator:
    torch.manual_seed(0)
    tokenizer = train_tokenizer(300)
    model = Seq2Seq(ModelConfig(width=16, heads=4, encoder_layers=1, decoder_layers=2), 300, 300)
    search = SearchConfig(beam_size=3, max_length_factor=1.0, max_length_extra=2)
    return Translator(model, tokenizer, tokenizer, search, precision="fp32")


def test_figures_are_those_of_the_translation(translator: Translator) -> None:
    found = explain(translator, "abc de ñabe")
    [wanted] = translator.translate_block(["abc de ñabe"], tokens=True, mend=False, protect=False)
    tokens = wanted.candidates[0].tokens
    assert [said.piece for said in found.said] == [piece for piece, _ in tokens]
    assert [said.log_prob for said in found.said] == pytest.approx([log_prob for _, log_prob in tokens], abs=1e-4)
    for said in found.said:
        assert said.choices[0][1] >= said.log_prob - 1e-6
    assert len(found.attention) == 2
    for layer in found.attention:
        assert [sum(row) for row in layer] == pytest.approx([1.0] * len(found.said), abs=1e-4)
        assert all(len(row) == len(found.source) for row in layer)
    lengths = [len(found.source)] * 2 + [len(found.said)] * 2
    assert [len(gates.forget) for gates in found.gates] == lengths
    assert [gates.layer.split(".")[0] for gates in found.gates] == ["encoder", "encoder", "decoder", "decoder"]


def test_gates_are_those_that_make_the_state() -> None:
    torch.manual_seed(0)
    cells, x = Recurrent("lstm", 5, 7), torch.randn(2, 4, 5)
    with torch.no_grad():
        gates = cells.gates(x)
        state = cells.initial_state(2)
        for position in range(4):
            before, (_, state) = state, cells.step(x[:, position], state)
            kept = state[1] - gates["forget"][:, position] * before[1]  # what the input gate let in: i · tanh(g)
            assert (kept.abs() <= gates["input"][:, position] + 1e-6).all()
            torch.testing.assert_close(gates["cell"][:, position], state[1].tanh().abs())
            torch.testing.assert_close(state[0], gates["output"][:, position] * state[1].tanh())


def test_hypotheses_that_begin_alike_are_one_branch() -> None:
    rows = [("a", "b", "c"), ("a", "b", "d", "e"), ("x",), ("a", "f")]
    hypotheses = [(pieces, Hypothesis((), -float(n), 0.0)) for n, pieces in enumerate(rows)]
    first, second = _tree(hypotheses)
    assert (first.pieces, second.pieces) == (("a",), ("x",))
    assert [branch.pieces for branch in first.branches] == [("b",), ("f",)]
    assert [branch.pieces for branch in first.branches[0].branches] == [("c",), ("d", "e")]
    assert (first.log_prob, first.branches[1].log_prob, second.log_prob) == (0.0, -3.0, -2.0)
