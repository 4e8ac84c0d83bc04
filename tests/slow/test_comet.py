"""The real COMET package, with a tiny random model that is made here: `pip install '.[comet]'` first."""

from __future__ import annotations

from pathlib import Path

import pytest

from seq2seq.errors import UsageError
from seq2seq.evaluation import evaluate

pytest.importorskip("comet", reason="COMET is not installed: pip install '.[comet]'")
SOURCES = ["I have lost my keys.", "The cat sleeps.", "Yes."]
REFERENCES = ["He perdido mis llaves.", "El gato duerme.", "Sí."]
HYPOTHESES = ["Perdí las llaves.", "El gato está dormido.", "No."]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A COMET model of two layers of 16, as training one would leave it on disk."""
    import pytorch_lightning
    import torch
    import yaml
    from comet.models import RegressionMetric
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import XLMRobertaConfig, XLMRobertaTokenizerFast

    directory = tmp_path / "tiny"
    encoder = directory / "encoder"
    pieces = Tokenizer(models.Unigram())
    pieces.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(vocab_size=60, special_tokens=special, unk_token="<unk>")
    pieces.train_from_iterator([*SOURCES, *REFERENCES] * 20, trainer)
    tokenizer = XLMRobertaTokenizerFast(tokenizer_object=pieces)
    tokenizer.save_pretrained(encoder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    XLMRobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=130, **sizes).save_pretrained(encoder)
    torch.manual_seed(1)
    settings = {"pretrained_model": str(encoder), "hidden_sizes": [24, 12], "layer_transformation": "softmax"}
    model = RegressionMetric(**settings, load_pretrained_weights=False, local_files_only=True)
    saver = pytorch_lightning.Trainer(logger=False, max_epochs=0, accelerator="cpu", enable_progress_bar=False)
    saver.strategy.connect(model)
    saver.save_checkpoint(directory / "checkpoints" / "model.ckpt")
    (directory / "hparams.yaml").write_text(yaml.safe_dump(settings | {"class_identifier": "regression_metric"}))
    return directory


def test_the_score_is_the_package_s_own(tiny: Path) -> None:
    from comet import load_from_checkpoint

    model = load_from_checkpoint(str(tiny / "checkpoints" / "model.ckpt"), local_files_only=True)
    rows = zip(SOURCES, HYPOTHESES, REFERENCES, strict=True)
    wanted = model.predict([dict(zip(("src", "mt", "ref"), row, strict=True)) for row in rows], gpus=0)
    (score,) = evaluate(HYPOTHESES, REFERENCES, [f"comet={tiny}"], sources=SOURCES)
    assert score.name == "tiny"
    assert score.value == pytest.approx(100 * wanted.system_score, abs=1e-4)
    (other,) = evaluate(REFERENCES, REFERENCES, [f"comet={tiny}"], sources=SOURCES)
    assert other.value != score.value


def test_an_encoder_that_is_not_on_disk_is_named(tiny: Path) -> None:
    settings = (tiny / "hparams.yaml").read_text()
    (tiny / "hparams.yaml").write_text(settings.replace(str(tiny / "encoder"), "nobody/no-such-encoder"))
    with pytest.raises(UsageError, match="needs nobody/no-such-encoder"):
        evaluate(HYPOTHESES, REFERENCES, [f"comet={tiny}"], sources=SOURCES)


def test_a_damaged_checkpoint_is_an_error_of_the_user_s(tiny: Path) -> None:
    (tiny / "checkpoints" / "model.ckpt").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="cannot be loaded"):
        evaluate(HYPOTHESES, REFERENCES, [f"comet={tiny}"], sources=SOURCES)
