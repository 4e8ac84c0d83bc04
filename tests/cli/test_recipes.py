"""What `make pretrained` is made of: recipes that can be run, and text that models write for one another."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from command import Done

from seq2seq.cli.train import _config
from seq2seq.corpus import Corpus, named
from seq2seq.detection import is_loop

RECIPES = Path(__file__).parents[2] / "data" / "recipes"


@pytest.fixture
def distil() -> ModuleType:
    spec = importlib.util.spec_from_file_location("distil", RECIPES / "distil.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_recipes_name_fields_and_corpora_that_there_are(recipe: Path) -> None:
    config = _config(recipe, None, None, None, [])
    for source in (*config.data.train, *config.data.dev):
        assert not source.corpus or source.split in named(source.corpus).splits
    assert config.data.dev


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
    distil.main(run, out, reverse=reverse)
    pairs = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    assert 20 <= len(pairs) <= 40
    originals, made = ([pair[side] for pair in pairs] for side in (int(reverse), int(not reverse)))
    wanted = corpus.texts(rows[-40:])[0]
    assert [text for text in wanted if text in originals] == originals
    assert not any(map(is_loop, originals, made))
    assert {weight for *_, weight in pairs} == {"1"}
    assert made != originals
