"""COMET, a learned metric, in sacreBLEU's terms: intervals and significance come as they do for the others.

A COMET model reads source, translation and reference and says how good the translation is (Rei et al. 2020, arXiv
2009.09025). The package `unbabel-comet` is the extra [comet]. Models are large; they are downloaded once, by hand, and
only ever read from disk here. Their checkpoints are pickles, which can run code: use those that you trust.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from sacrebleu.metrics.base import Metric, Score, Signature

from seq2seq.errors import UsageError

REPOSITORY = "Unbabel/wmt22-comet-da"  # the one that is meant where no directory is named (Rei et al. 2022)
CHECKPOINT, SETTINGS = Path("checkpoints", "model.ckpt"), Path("hparams.yaml")
BATCH = 32  # sentences


@dataclass(frozen=True)
class Found:
    """A COMET model on disk, and the package that can load it."""

    directory: Path
    name: str
    package: str  # its version


def find(metric: str) -> Found:
    """What `comet` or `comet=DIRECTORY` names. `UsageError` where package, model or its encoder are not here."""
    try:
        package = version("unbabel-comet")
    except PackageNotFoundError:
        raise UsageError("COMET needs unbabel-comet; pip install 'seq2seq[comet]'") from None
    _, given, named = metric.partition("=")
    directory = Path(named) if given else _downloaded()
    for file in (CHECKPOINT, SETTINGS):
        if not (directory / file).is_file():
            raise UsageError(f"{directory} is not a COMET model: {file} is missing; name what `hf download` brought")
    _check_encoder(directory / SETTINGS)
    return Found(directory, directory.resolve().name if given else REPOSITORY.partition("/")[2], package)


def _downloaded() -> Path:
    """Where Hugging Face's cache has REPOSITORY."""
    from huggingface_hub import try_to_load_from_cache

    settings = try_to_load_from_cache(REPOSITORY, str(SETTINGS))
    if not isinstance(settings, str):
        raise UsageError(
            f"the COMET model {REPOSITORY} is not on this disk; hf download {REPOSITORY}, or name a directory: "
            "--metric comet=DIRECTORY"
        )
    return Path(settings).parent


def _check_encoder(settings: Path) -> None:
    """`UsageError` unless the encoder that a model was trained from is here: its tokenizer is read from there."""
    import yaml
    from huggingface_hub import try_to_load_from_cache

    try:
        encoder = str(yaml.safe_load(settings.read_text(encoding="utf-8"))["pretrained_model"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError):
        raise UsageError(f"{settings} does not name a pretrained_model; download the COMET model again") from None
    if not Path(encoder).is_dir() and not isinstance(try_to_load_from_cache(encoder, "config.json"), str):
        raise UsageError(f"{settings.parent} needs {encoder}, which is not on this disk; hf download {encoder}")


class CometSignature(Signature):
    """sacreBLEU's, of another package's version, and with the hash of the weights."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        self.update("weights", facts["weights"])
        self.update("version", facts["package"])


class Comet(Metric):
    """Scores of translations of `sources` by a COMET model: the mean over lines, times 100.

    With several references a line's score is the mean of those beside each of them. Raises as `find` does, and
    `UsageError` where the model cannot be loaded.
    """

    _SIGNATURE_TYPE: type[Signature] = CometSignature

    def __init__(self, metric: str, sources: Sequence[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if not sources:
            raise UsageError("COMET reads the sources, too; add --src FILE")
        found = find(metric)
        self.sources, self.name, self.package = sources, found.name, found.package
        with (found.directory / CHECKPOINT).open("rb") as file:
            self.weights = _digest(file)
        self.model = _load(found)

    def _extract_corpus_statistics(
        self, hypotheses: Sequence[str], references: Sequence[Sequence[str]] | None
    ) -> list[list[float]]:
        """Of each line its score, and 1, so that sums of both are what a mean is made of."""
        import torch

        assert references, "nothing is kept from one system to the next"
        self.num_refs = len(references)
        columns = (hypotheses, self.sources)
        samples = [
            {"src": source, "mt": hypothesis, "ref": reference}
            for refs in references
            for hypothesis, source, reference in zip(*columns, refs, strict=True)
        ]
        said = self.model.predict(samples, BATCH, gpus=int(torch.cuda.is_available()), progress_bar=False)
        scores = np.reshape(said.scores, (len(references), len(hypotheses))).mean(axis=0)  # (lines,)
        return [[float(score), 1.0] for score in scores]

    def _aggregate_and_compute(self, stats: Sequence[Sequence[float]]) -> Score:
        return self._compute_score_from_stats(np.sum(stats, axis=0))

    def _compute_score_from_stats(self, stats: Sequence[float]) -> Score:
        total, lines = stats
        return Score(self.name, 100 * float(total / lines))

    def _preprocess_segment(self, sent: str) -> str:
        return sent

    def _extract_reference_info(self, refs: Sequence[str]) -> dict[str, Any]:
        return {"refs": refs}

    def _compute_segment_statistics(self, hypothesis: str, ref_kwargs: dict[str, Any]) -> list[Any]:
        raise AssertionError("lines are scored together, with their sources")


def _digest(file: Any) -> str:
    """The first digits of a file's SHA-256."""
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()[:8]


def _load(found: Found) -> Any:
    """The model, as its package loads it, without a word to any network."""
    try:
        from comet import load_from_checkpoint

        for talker in ("comet", "pytorch_lightning"):  # they tell of frozen layers, of TPUs, and of other products
            logging.getLogger(talker).setLevel(logging.ERROR)
        return load_from_checkpoint(str(found.directory / CHECKPOINT), reload_hparams=True, local_files_only=True)
    except Exception as error:  # the package, torch, Lightning and YAML raise what they like for a file that is wrong
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise UsageError(f"{found.directory} cannot be loaded: {reason}; download it again, whole") from error
