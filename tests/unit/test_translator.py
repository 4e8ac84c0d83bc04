"""The translator: as many lines out as in, in order, whatever stands in them and however they are batched."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from seq2seq import bundle, segment
from seq2seq import sentences as sentences_module
from seq2seq import translator as module
from seq2seq.cells import Recurrent, _can_pack
from seq2seq.config import ModelConfig, SearchConfig
from seq2seq.errors import ConfigError, DataError, UsageError
from seq2seq.glossary import Glossary
from seq2seq.model import Seq2Seq
from seq2seq.protection import Protected, restore
from seq2seq.search import Hypothesis
from seq2seq.sentences import Found
from seq2seq.tokenizer import EOS_ID, PAD_ID, Tokenizer, normalize
from seq2seq.translation import Candidate, combine
from seq2seq.translator import Translator

WORDS = [
    "the",
    "cat",
    "sleeps",
    "here",
    "and",
    "dog",
    "red",
    "house",
    "we",
    "eat",
    "bread",
    "now",
    "Luis",
    "sees",
    "it",
]
UNTOUCHED = ["", " ", "\t", "  \t ", "123", "—", "…?!", "$ 4,50 (+3 %)", "👍🏽", "\u00a0", "\ufeff", "³ ½ 1. 2."]


class Copying(nn.Module):
    """Translates a sentence into itself, through the Step protocol."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.anchor = nn.Parameter(torch.zeros(1))
        self.encoder = nn.Identity()
        self.vocab_size = vocab_size

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> tuple[Tensor, int]:
        return src_ids, 0

    def step(self, prev_ids: Tensor, state: tuple[Tensor, int]) -> tuple[Tensor, tuple[Tensor, int]]:
        ids, position = state
        wanted = ids[:, position] if position < ids.size(1) else torch.full_like(prev_ids, EOS_ID)
        wanted = wanted.where(wanted != PAD_ID, EOS_ID)
        log_probs = torch.full((len(ids), self.vocab_size), -30.0).scatter(1, wanted[:, None], -0.01)
        return log_probs, (ids, position + 1)

    def select(self, state: tuple[Tensor, int], index: Tensor) -> tuple[Tensor, int]:
        return state[0][index.flatten()], state[1]


class Scripted(Copying):
    """Translates every sentence into the same ids."""

    def __init__(self, vocab_size: int, ids: list[int]) -> None:
        super().__init__(vocab_size)
        self.ids = ids

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> tuple[Tensor, int]:
        return torch.tensor([self.ids]).expand(len(src_ids), -1), 0


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    rng = random.Random(1)
    sentences = [" ".join(rng.choices(WORDS, k=5)) + rng.choice(".?!") for _ in range(200)]
    return Tokenizer.train(sentences, vocab_size=300)


def with_model(model: Any, tokenizer: Tokenizer, **search: Any) -> Translator:
    return Translator(model, tokenizer, tokenizer, SearchConfig(**{"mend": False, **search}), precision="fp32")


@pytest.fixture(scope="module")
def copying(tokenizer: Tokenizer) -> Translator:
    return with_model(Copying(len(tokenizer)), tokenizer)


def random_model(tokenizer: Tokenizer) -> Seq2Seq:
    torch.manual_seed(3)
    sizes = ModelConfig(width=16, heads=4, encoder_layers=1, decoder_layers=1)
    return Seq2Seq(sizes, len(tokenizer), len(tokenizer))


@pytest.fixture(scope="module")
def babbling(tokenizer: Tokenizer) -> Translator:
    """With random weights. In double precision, so that no two hypotheses are nearly as good as each other."""
    translator = with_model(random_model(tokenizer), tokenizer, max_length_factor=1.0, max_length_extra=4)
    translator.models[0].double()
    return translator


def test_an_encoder_s_weights_are_laid_out_once_and_a_decoder_s_are_not(tokenizer: Tokenizer) -> None:
    [model] = with_model(random_model(tokenizer), tokenizer).models
    packed = {name: part.packed is not None for name, part in model.named_modules() if isinstance(part, Recurrent)}
    assert packed == {name: name.startswith("encoder") and _can_pack(torch.float32) for name in packed}
    assert len(packed) == 3


def some_lines(count: int, seed: int = 1) -> list[str]:
    """Of one to three sentences, some blank, some without letters."""
    rng = random.Random(seed)

    def sentence() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(1, 9))).capitalize() + rng.choice(".?!")

    lines = [" ".join(sentence() for _ in range(rng.randint(1, 3))) for _ in range(count)]
    return [rng.choice(UNTOUCHED) if rng.random() < 0.2 else line for line in lines]


@pytest.mark.parametrize("beam_size", [1, 4])
def test_a_model_that_copies_gives_back_every_line_in_its_place(copying: Translator, beam_size: int) -> None:
    lines = [
        *some_lines(150),
        "  Indented. And  spaced   out.  \t",
        "One.\tTwo\tthree four.",
        "A line.\r",
        "«¿Qué?» Sí — 100\u00a0% — ¡ñandú!",
        "漢字。 עברית. हिन्दी।",
        "First line.\nSecond line.\r\n\r\nThird.",
    ]
    expected = [line.replace("And  spaced   out", "And spaced out") for line in lines]  # within a sentence: one
    assert copying.translate(lines, beam_size=beam_size) == expected


@given(st.lists(st.text("abñ .,?!;:—1\t\u2028👍\n", max_size=30), max_size=8))
@settings(max_examples=60)
def test_no_character_is_lost_but_spaces_in_a_row(copying: Translator, lines: list[str]) -> None:
    found = copying.translate(lines, beam_size=1)
    assert [re.sub(" +", " ", line) for line in found] == [re.sub(" +", " ", line) for line in lines]


def test_text_is_composed_before_it_is_translated(copying: Translator) -> None:
    assert copying.translate(["El nin\u0303o."]) == ["El ni\u00f1o."]


@pytest.mark.parametrize("line", UNTOUCHED)
def test_a_line_without_letters_is_not_touched(babbling: Translator, line: str) -> None:
    (translation,) = babbling.stream([line], n_best=3)
    assert [(c.text, c.log_prob, c.score) for c in translation.candidates] == [(line, 0.0, 0.0)]


def test_only_the_sentences_with_letters_are_translated(tokenizer: Tokenizer) -> None:
    translator = with_model(Scripted(len(tokenizer), tokenizer.encode("bread")), tokenizer)
    assert translator.translate(["  The cat. 12 + 3. We eat.\t7\n"]) == ["  bread 12 + 3. bread\t7\n"]


def test_no_lines_give_no_lines(babbling: Translator) -> None:
    assert babbling.translate([]) == []


@pytest.mark.parametrize(("sentences", "tokens"), [(1, 32), (3, 32), (64, 1), (64, 3), (1000, 10**6)])
def test_results_do_not_depend_on_the_batches(
    babbling: Translator, monkeypatch: pytest.MonkeyPatch, sentences: int, tokens: int
) -> None:
    lines = some_lines(25)
    expected = list(babbling.stream(lines, n_best=2))
    monkeypatch.setattr(babbling.sentences, "batch_size", sentences)
    monkeypatch.setattr(sentences_module, "BATCH_TOKENS", tokens)
    monkeypatch.setattr(module, "BLOCK", sentences + 1)
    found = list(babbling.stream(lines, n_best=2))
    assert [[c.text for c in t.candidates] for t in found] == [[c.text for c in t.candidates] for t in expected]
    for left, right in zip(found, expected, strict=True):
        assert [c.score for c in left.candidates] == pytest.approx([c.score for c in right.candidates], abs=1e-4)


@pytest.mark.parametrize("beam_size", [1, 3])
def test_results_do_not_depend_on_the_order(babbling: Translator, beam_size: int) -> None:
    lines = some_lines(25)
    order = random.Random(5).sample(range(25), 25)
    expected = babbling.translate(lines, beam_size=beam_size)
    found = babbling.translate([lines[i] for i in order], beam_size=beam_size)
    assert found == [expected[i] for i in order]
    assert len(set(expected)) > 12


def test_batches_hold_each_sentence_once_within_both_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentences_module, "BATCH_TOKENS", 12)
    rng = random.Random(2)
    lengths = [rng.choice([1, 3, 9, 20, 100]) for _ in range(80)]
    batches = list(sentences_module._batches(lengths, 5))
    assert sorted(itertools.chain(*batches)) == list(range(80))
    for batch in batches:
        assert len(batch) <= 5
        assert len(batch) == 1 or len(batch) * (max(lengths[i] for i in batch) + 1) <= 60
    assert sum(len(batch) == 5 for batch in batches) > 3
    assert len(batches) < 40


def test_the_n_best_of_a_line_are_the_best_sums_over_its_sentences(babbling: Translator) -> None:
    sentences = ["The cat sleeps.", "We eat bread now!", "Luis sees it?"]
    config = SearchConfig(beam_size=4, n_best=4, max_length_factor=1.0, max_length_extra=4)
    choices = [found.hypotheses for found in babbling.sentences.search([*map(Protected, sentences)], config)]
    assert [len(hypotheses) for hypotheses in choices] == [4, 4, 4]

    def said(hypothesis: Hypothesis) -> str:
        return restore(Protected(""), babbling.sentences._text(hypothesis))  # it babbles placeholders, too

    products = [
        (sum(h.score for h in chosen), sum(h.log_prob for h in chosen), " 7. ".join(map(said, chosen)))
        for chosen in itertools.product(*choices)
    ]
    best = sorted(products, reverse=True)[:4]
    (translation,) = babbling.stream([" 7. ".join(sentences)], n_best=4)
    assert [c.text for c in translation.candidates] == [text for _, _, text in best]
    assert [c.score for c in translation.candidates] == pytest.approx([score for score, _, _ in best])
    assert [c.log_prob for c in translation.candidates] == pytest.approx([log_prob for _, log_prob, _ in best])
    assert translation.text == best[0][2]


NUMBERS = st.integers(-(10**6), 0).map(float)  # sums of them are exact
CANDIDATES = st.lists(st.builds(Candidate, st.text("ab", max_size=2), NUMBERS, NUMBERS), min_size=1, max_size=4)


@given(st.lists(CANDIDATES, min_size=3, max_size=3), st.integers(1, 5))
def test_sums_of_scores_rank_a_line_s_translations_whatever_their_log_probs(
    candidates: list[list[Candidate]], n_best: int
) -> None:
    ranked = [sorted(sentence, key=lambda c: -c.score) for sentence in candidates]
    found = combine(segment.split(" Yes. No!\tMaybe? "), ranked, n_best)
    combined = {
        (a.score + b.score + c.score, a.log_prob + b.log_prob + c.log_prob, f" {a.text} {b.text}\t{c.text} ")
        for a, b, c in itertools.product(*candidates)
    }
    everything = sorted((sum(c.score for c in chosen) for chosen in itertools.product(*candidates)), reverse=True)
    assert [c.score for c in found] == everything[:n_best]
    assert {(c.score, c.log_prob, c.text) for c in found} <= combined


def test_no_line_break_comes_out_of_a_model_that_writes_them(tokenizer: Tokenizer) -> None:
    ids = {piece: i for i, piece in enumerate(tokenizer.pieces(range(len(tokenizer))))}
    breaks = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
    written = [ids[f"<0x{byte:02X}>"] for byte in "\n".join(["", *(f"a{b}b" for b in breaks), ""]).encode()]
    translator = with_model(Scripted(len(tokenizer), written), tokenizer, max_length_extra=200)
    (line,) = translator.translate(["The cat."])
    assert line.split(" ") == ["a", "b"] * len(breaks)
    assert line.splitlines() == [line]


def test_bytes_that_form_no_character_are_dropped(tokenizer: Tokenizer) -> None:
    ids = {piece: i for i, piece in enumerate(tokenizer.pieces(range(len(tokenizer))))}
    written = [ids[piece] for piece in ("<0x61>", "<0xFF>", "<0xC3>", "<0x00>", "<0x62>")]
    assert with_model(Scripted(len(tokenizer), written), tokenizer).translate(["The cat."]) == ["ab"]


def test_a_long_line_is_searched_in_parts_and_comes_out_whole(
    copying: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(4)
    line = " ".join(rng.choices(WORDS, k=3000))  # no full stop in it
    searched: list[str] = []
    original = copying.sentences.search

    def search(sentences: list[Protected], *rest: Any) -> list[Found]:
        searched.extend(sentence.text for sentence in sentences)
        return original(sentences, *rest)

    monkeypatch.setattr(copying.sentences, "search", search)
    assert copying.translate([line, "x" * 1000]) == [line, "x" * 1000]
    assert max(map(len, searched)) <= 300
    assert "".join(searched).replace(" ", "") == line.replace(" ", "") + "x" * 1000


def test_streaming_reads_no_further_than_the_block_it_is_in(
    copying: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 4)
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for number in itertools.count():
            read += 1
            yield f"Line a{number}."

    stream = copying.stream(endless(), beam_size=1)
    assert read == 0
    for number in range(10):
        assert next(stream).text == f"Line a{number}."
        assert read == 4 * (number // 4 + 1)


def test_the_given_model_is_left_as_it_is(tokenizer: Tokenizer) -> None:
    model = random_model(tokenizer).train()
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    translator = Translator(model, tokenizer, tokenizer, SearchConfig(), precision="bf16")
    assert {parameter.dtype for parameter in translator.models[0].parameters()} == {torch.bfloat16}
    assert len(translator.translate(["The cat sleeps."], max_length_extra=3)) == 1
    assert model.training
    for name, parameter in model.named_parameters():
        assert parameter.dtype == torch.float32
        assert torch.equal(parameter, before[name])


def test_the_copy_does_not_follow_the_model_s_training(tokenizer: Tokenizer) -> None:
    model = random_model(tokenizer)
    translator = with_model(model, tokenizer, max_length_extra=5)
    before = translator.translate(["The cat sleeps."])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    assert translator.translate(["The cat sleeps."]) == before
    assert with_model(model, tokenizer, max_length_extra=5).translate(["The cat sleeps."]) != before


def test_a_lone_surrogate_is_a_data_error(babbling: Translator) -> None:
    with pytest.raises(DataError, match=r"lone surrogate, U\+D83D"):
        babbling.translate(["The cat.", "The \ud83d dog."])


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"n_best": 5}, "search.n_best = 5 must lie between 1 and 4"),
        ({"beam_size": 0}, "search.beam_size = 0 must be at least 1"),
        ({"beam_size": 1, "n_best": 2}, "search.n_best = 2 must lie between 1 and 1"),
        ({"beam_size": 2.5}, "search.beam_size = 2.5 should be an integer"),
        ({"length_penalty": float("nan")}, "search.length_penalty = nan must be at least 0.0"),
        ({"max_length_factor": float("inf")}, "search.max_length_factor = inf must be at least 0.0 and finite"),
        ({"beam": 4}, "unknown field search.beam: did you mean search.beam_size?"),
    ],
)
def test_an_impossible_search_is_told_by_the_field_s_name(
    copying: Translator, search: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        copying.translate(["The cat."], **search)
    assert str(caught.value) == message


def test_a_translation_is_no_longer_than_the_search_allows(tokenizer: Tokenizer) -> None:
    endless = Scripted(len(tokenizer), tokenizer.encode("bread") * 200)
    translator = with_model(endless, tokenizer, max_length_factor=1.5, max_length_extra=3)
    for beam_size in (1, 2):
        ids = tokenizer.encode("The cat sleeps.")
        limited = SearchConfig(beam_size=beam_size, max_length_factor=1.5, max_length_extra=3, mend=False)
        [found] = translator.sentences.search([Protected("The cat sleeps.")], limited)
        assert len(found.hypotheses[0].ids) == int(1.5 * len(ids)) + 3


def test_an_unknown_precision_is_a_configuration_error(tokenizer: Tokenizer) -> None:
    with pytest.raises(ConfigError, match='precision = "fp16" is not one of: auto, fp32, bf16'):
        Translator(random_model(tokenizer), tokenizer, tokenizer, SearchConfig(), precision="fp16")


class Looping(Copying):
    """Says a phrase for ever; where that has no probability, copies the source; where that has none, says "here"."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(len(tokenizer))
        self.phrase = tokenizer.encode("bread now")
        self.other = tokenizer.encode("here")

    def init(self, src_ids: Tensor, src_lengths: Tensor) -> tuple[Tensor, int]:
        return src_ids, 0

    def step(self, prev_ids: Tensor, state: tuple[Tensor, int]) -> tuple[Tensor, tuple[Tensor, int]]:
        ids, position = state
        log_probs = torch.full((len(ids), self.vocab_size), -60.0)
        log_probs[:, self.phrase[position % len(self.phrase)]] = -0.1
        here = [*self.other, EOS_ID]
        log_probs[:, here[min(position, len(here) - 1)]] = -9.0
        return log_probs, (ids, position + 1)


def test_a_translation_that_loops_is_looked_for_again_and_told(tokenizer: Tokenizer) -> None:
    looping = with_model(Looping(tokenizer), tokenizer, beam_size=1, mend=True, max_length_extra=20)
    [looped] = looping.stream(["The cat sleeps."], mend=False)
    assert (looped.text.count("bread now") > 5, looped.flags) == (True, ("loop",))
    [mended] = looping.stream(["The cat sleeps."])
    assert mended.text.count("bread now") < 3
    assert mended.flags == ("mended loop",)


class Obstinate(Copying):
    """Knows nothing but to copy."""

    def step(self, prev_ids: Tensor, state: tuple[Tensor, int]) -> tuple[Tensor, tuple[Tensor, int]]:
        log_probs, after = super().step(prev_ids, state)
        return log_probs.where(log_probs > -1, -torch.inf), after


def test_a_copy_for_which_there_is_nothing_better_is_flagged(tokenizer: Tokenizer) -> None:
    lines = ["We eat bread now.", "Luis.", "Luis sees it. And we eat bread now. The dog sleeps here."]
    found = list(with_model(Obstinate(len(tokenizer)), tokenizer, mend=True).stream(lines))
    assert [translation.flags for translation in found] == [("copy",), (), ("copy",)]
    assert [translation.text for translation in found] == lines


def test_words_are_linked_over_the_sentences_of_a_line(babbling: Translator) -> None:
    line = "  The cat sleeps. 12 — 13. We  eat bread!"
    [translation] = babbling.translate_block([line], alignments=True, beam_size=2, n_best=2)
    for candidate in translation.candidates:
        sources, targets = {src for src, _ in candidate.links}, [tgt for _, tgt in candidate.links]
        words = normalize(candidate.text).split(" ")
        assert targets == list(range(len(words)))
        assert sources <= set(range(len(line.split())))
        shift = words.index("12")
        assert {(3, shift), (4, shift + 1), (5, shift + 2)} <= set(candidate.links)
    [without] = babbling.translate_block([line], beam_size=2, n_best=2)
    assert [c.text for c in without.candidates] == [c.text for c in translation.candidates]
    assert all(c.links == () for c in without.candidates)


def test_a_prefix_begins_the_first_sentence_of_each_line(babbling: Translator) -> None:
    lines = ["The cat sleeps. We eat bread.", "12", "Luis sees it."]
    found = babbling.translate_block(lines, prefix="The red house", beam_size=3)
    assert babbling.translate(["- (We see.)"], prefix="The red", beam_size=3)[0].startswith("The red")
    assert [translation.text.startswith("The red house") for translation in found] == [True, False, True]
    assert found[0].text.count("The red house") == 1


@pytest.mark.parametrize("options", [{"temperature": 1.0}, {"temperature": 1.5, "top_k": 9, "top_p": 0.8, "seed": 4}])
def test_what_is_drawn_follows_from_the_seed_and_the_sentence_alone(
    babbling: Translator, options: dict[str, Any]
) -> None:
    lines = some_lines(20)
    first = babbling.translate(lines, **options)
    assert babbling.translate(lines[::-1], **options)[::-1] == first
    assert [babbling.translate([line], **options)[0] for line in lines] == first
    assert babbling.translate(lines, **{**options, "seed": 9}) != first
    [several] = babbling.stream(lines[:1], **options, n_best=3)
    assert len({candidate.text for candidate in several.candidates}) > 1


def test_several_models_are_one_ensemble_and_the_same_model_twice_is_itself(
    tokenizer: Tokenizer, babbling: Translator
) -> None:
    twice = Translator(babbling.models * 2, tokenizer, tokenizer, babbling.search_config, precision="fp32")
    for model in twice.models:
        model.double()
    lines = some_lines(20)
    assert twice.translate(lines) == babbling.translate(lines)


def test_models_with_other_vocabularies_do_not_go_together(
    tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Tokenizer.train([" ".join(WORDS)] * 9, vocab_size=295)
    paths = []
    for number, one in enumerate((tokenizer, other)):
        paths.append(tmp_path_factory.mktemp("models") / str(number))
        settings = bundle.BundleConfig(model=ModelConfig(width=16, heads=4, encoder_layers=1, decoder_layers=1))
        bundle.save(paths[-1], bundle.Bundle(settings, random_model(one), one, one), "card")
    assert len(Translator.load(paths[0], paths[0]).models) == 2
    with pytest.raises(UsageError, match=r"/1 has another vocabulary than .*/0"):
        Translator.load(*paths)


def test_what_is_repeated_is_searched_once(copying: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []
    original = copying.sentences._decode

    def decode(sentences: list[str], *rest: Any) -> Any:
        decoded.extend(sentences)
        return original(sentences, *rest)

    monkeypatch.setattr(copying.sentences, "_decode", decode)
    lines = ["We eat bread.", "We see it. We eat bread.", "We eat bread."]
    assert copying.translate(lines) == lines
    assert sorted(decoded) == ["We eat bread.", "We see it."]


ADDRESSES = ["See https://example.org/a_b?c=d now.", "Ask ana@example.org, or {name}!", "https://example.org", "👍 😀"]


def test_addresses_and_slots_come_through_a_model_that_knows_placeholders(copying: Translator) -> None:
    for options in ({}, {"mend": True}, {"beam_size": 1}, {"protect": False}):
        assert copying.translate(ADDRESSES, **options) == ADDRESSES


def test_a_model_that_loses_placeholders_translates_around_them(tokenizer: Tokenizer) -> None:
    bread = with_model(Scripted(len(tokenizer), tokenizer.encode("bread")), tokenizer, mend=True)
    found = list(bread.stream(["The cat {a} sleeps: ⟦3⟧ {a}.", "We eat.", "See {b}."]))
    assert [t.text for t in found] == ["bread {a} bread ⟦3⟧ {a}.", "bread", "bread {b}."]
    assert [t.flags for t in found] == [("mended placeholder",), (), ("mended placeholder",)]
    [begun] = bread.stream(["See {b}."], prefix="bread")
    assert begun.flags == ("placeholder",)


def test_no_space_stands_behind_what_opens_a_question(tokenizer: Tokenizer) -> None:
    translator = with_model(Scripted(len(tokenizer), tokenizer.encode("¿ ¡ bread ¿we")), tokenizer)
    assert translator.translate(["Where is the bread?"]) == ["¿¡bread ¿we"]


def test_other_numbers_are_flagged(tokenizer: Tokenizer) -> None:
    scripted = with_model(Scripted(len(tokenizer), tokenizer.encode("bread 17")), tokenizer, mend=True)
    assert [t.flags for t in scripted.stream(["We see 17.", "We see 18."])] == [(), ("number",)]


@pytest.mark.parametrize("options", [{"prefix": "El"}, {"temperature": 1.0}])
def test_a_glossary_is_refused_where_its_terms_could_not_be_searched_for(
    babbling: Translator, tokenizer: Tokenizer, options: dict[str, Any]
) -> None:
    told = Translator(babbling.models[0], tokenizer, tokenizer, SearchConfig(), glossary=Glossary([("cat", "gato")]))
    with pytest.raises(UsageError, match="leave out the prefix and the temperature"):
        told.translate(["A cat."], **options)
