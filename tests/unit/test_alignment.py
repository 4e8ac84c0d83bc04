"""Links from word to word, read off attention that is known."""

from __future__ import annotations

import pytest
import torch

from seq2seq.alignment import align, pharaoh, shift, word_numbers


def test_a_word_begins_with_a_space() -> None:
    assert word_numbers(["▁He", "▁per", "dido", "▁", "ki", "."]) == [0, 1, 1, 2, 2, 2]
    assert word_numbers(["dido", "▁a"]) == [0, 1], "the first piece begins a word, whatever it is"
    assert word_numbers(["▁", "▁a", "▁", "▁b", "▁"]) == [0, 0, 1, 1, 1], "white space alone is no word"
    assert word_numbers(["▁(¿", "▁", "▁a", "▁b"], opening="¿") == [0, 0, 0, 1], "nor does one begin behind ¿"
    assert word_numbers(["▁¿", "▁a"]) == [0, 1], "unless one is told so"
    assert word_numbers([]) == []


def test_a_target_word_is_linked_to_the_source_word_that_its_pieces_look_at_most() -> None:
    weights = torch.tensor(
        [
            # w0   w0   w1   eos
            [0.3, 0.3, 0.4, 0.0],  # target word 0: 0.6 to word 0, though its single largest weight is on word 1
            [0.1, 0.1, 0.5, 0.3],  # target word 1, two pieces: 0.2 + 0.6 to word 0 and 0.5 + 0.1 to word 1
            [0.3, 0.3, 0.1, 0.3],
            [0.0, 0.0, 0.0, 1.0],  # eos
        ]
    )
    links = align(weights, [0, 0, 1], [0, 1, 1])
    assert links == ((0, 0), (0, 1))
    assert pharaoh(shift(links, 2, 5)) == "2-5 2-6"


def test_nothing_is_linked_to_nothing() -> None:
    assert align(torch.ones(1, 4), [0, 0, 1], []) == ()
    assert pharaoh(()) == ""


def test_weights_have_a_row_and_a_column_for_the_ends() -> None:
    with pytest.raises(AssertionError):
        align(torch.ones(1, 1), [0], [0])
