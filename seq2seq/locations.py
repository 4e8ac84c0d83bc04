"""Where model directories are, and which of them is which. Loads no torch: who only passes a model on needs none."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

from seq2seq.errors import BundleError

PRETRAINED = "pretrained"  # what the model that comes with the package is called, where a directory is asked for
CONFIG, SUMS = "config.json", "SHA256SUMS"


def pretrained() -> Path:
    """The model that comes with the package, English to Spanish."""
    return Path(str(resources.files("seq2seq") / "pretrained"))


def locate(path: Path) -> Path:
    """The model directory that `path` means: itself, the one inside a training run's, or, where there is no directory
    of that name, PRETRAINED's. `BundleError` if it is none of these.
    """
    if str(path) == PRETRAINED and not path.exists():
        return pretrained()
    if not path.is_dir():
        what = "a file, not a model directory" if path.exists() else "not there"
        raise BundleError(f"{path} is {what}; name a directory that `seq2seq train` has written")
    if not (path / CONFIG).exists() and (path / "model" / CONFIG).exists():
        return path / "model"
    if not (path / CONFIG).exists():
        raise BundleError(f"{path} is not a model directory: {CONFIG} is missing; name one that `seq2seq train` wrote")
    return path


def fingerprint(path: Path) -> str:
    """What tells a model from any other: the hash of the checksums of all its files."""
    sums = locate(path) / SUMS
    try:
        return hashlib.sha256(sums.read_bytes()).hexdigest()
    except OSError as error:
        raise BundleError(f"cannot read {sums}: {error.strerror}; copy the model directory again, whole") from None
