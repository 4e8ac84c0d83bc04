"""What `make pretrained` is made of: recipes that can be run, and text that models write for one another."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from command import Done

from seq2seq.cli.train import _config
from seq2seq.corpus import Corpus, named
from seq2seq.detection import is_loop
from seq2seq.run import read_config

RECIPES = Path(__file__).parents[2] / "data" / "recipes"


@pytest.fixture
def distil() -> ModuleType:
    spec = importlib.util.spec_from_file_location("distil", RECIPES / "distil.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_option_s_preset_takes_the_place_of_a_recipe_s(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('preset = "base"\n[model]\nheads = 4\n', encoding="utf-8")
    assert _config(recipe).model.width == 768
    config = _config(recipe, "tiny")
    assert (config.model.width, config.model.heads) == (192, 4)


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_recipes_name_fields_and_corpora_that_there_are(recipe: Path) -> None:
    config = _config(recipe)
    for source in (*config.data.train, *config.data.dev):
        assert not source.corpus or source.split in named(source.corpus).splits
    assert config.data.dev


def test_what_models_wrote_is_told_by_the_weights_that_they_saw_it_with(distil: ModuleType) -> None:
    teacher, student = (_config(RECIPES / f"{name}.toml").data.train for name in ("teacher", "en-es"))
    seen = {f"{source.weight:g}" for source in teacher if source.corpus and source.weight >= distil.LEAST}
    for name in ("forward.tsv", "backward.tsv"):
        told = [weight for source in student if source.path.endswith(name) for weight in source.where["3"]]
        assert sorted(told) == sorted(seen)
    assert any(source.path.endswith(distil.MADE) for source in teacher)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_model_translates_the_text_that_it_learned_from_each_sentence_once(
    distil: ModuleType, trained: tuple[Path, Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reverse: bool
) -> None:
    run, out = trained[0], tmp_path / "made.tsv"
    corpus = Corpus.open(run / "data" / "pairs.arrow")
    rows = distil.chosen(corpus)
    known = corpus.texts(range(len(corpus)))[0]
    assert sorted(corpus.texts(rows)[0]) == sorted(set(known))
    monkeypatch.setattr(distil, "chosen", lambda _: rows[-40:])
    config = read_config(run)
    monkeypatch.setattr(distil, "read_config", lambda _: replace(config, data=replace(config.data, reverse=reverse)))
    distil.main(run, out)
    pairs = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    assert 20 <= len(pairs) <= 40
    originals, made = ([pair[side] for pair in pairs] for side in (int(reverse), int(not reverse)))
    wanted = corpus.texts(rows[-40:])[0]
    assert [text for text in wanted if text in originals] == originals
    assert not any(map(is_loop, originals, made))
    assert {weight for *_, weight in pairs} == {"1"}
    assert len(set(made)) > 10


def test_a_translation_that_was_stopped_goes_on_to_the_same_bytes(
    distil: ModuleType, trained: tuple[Path, Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, out, undisturbed = trained[0], tmp_path / "made.tsv", tmp_path / "undisturbed.tsv"
    rows = distil.chosen(Corpus.open(run / "data" / "pairs.arrow"))[-40:]
    monkeypatch.setattr(distil, "chosen", lambda _: rows)
    monkeypatch.setitem(distil.ROWS, "cpu", 16)
    distil.main(run, undisturbed)

    decode, searched = distil.decode, []

    def until_the_third(models: object, src: list[list[int]], search: object) -> object:
        if len(searched) == 2:
            raise KeyboardInterrupt
        searched.append(len(src))
        return decode(models, src, search)

    monkeypatch.setattr(distil, "decode", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        distil.main(run, out)
    assert not out.exists()
    part = out.with_name("made.tsv.part")
    part.write_bytes(part.read_bytes()[:-3])  # as if killed while it wrote
    searched.clear()
    monkeypatch.setattr(distil, "decode", lambda *given: searched.append(len(given[1])) or decode(*given))
    distil.main(run, out)
    assert searched == [16, 8]  # what was whole is not searched again, and the batches are the same
    assert out.read_bytes() == undisturbed.read_bytes()
    assert list(tmp_path.glob("*.part")) == []


def test_what_another_model_began_is_begun_anew(
    distil: ModuleType, trained: tuple[Path, Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, out = trained[0], tmp_path / "made.tsv"
    rows = distil.chosen(Corpus.open(run / "data" / "pairs.arrow"))[-8:]
    monkeypatch.setattr(distil, "chosen", lambda _: rows)
    (tmp_path / "made.tsv.part").write_text(f"{'0' * 64}\n6\tI\tyo\t1\n", encoding="utf-8")
    distil.main(run, out)
    assert "I\tyo\t1" not in out.read_text(encoding="utf-8").splitlines()
    assert len(out.read_text(encoding="utf-8").splitlines()) > 4
