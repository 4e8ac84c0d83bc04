"""The model directory: all that translating needs, and nothing that runs code.

    config.json          the format's version, sizes, and how to search
    model.safetensors    weights
    spm.model            the tokenizer (spm.src.model and spm.tgt.model where they differ)
    lexicon.safetensors  which target tokens a source token may need, where that was counted
    README.md            the model card
    SHA256SUMS           as `sha256sum --check` reads it

It is written beside its place and moved there whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor

from seq2seq.config import ModelConfig, SearchConfig, as_table, build
from seq2seq.errors import BundleError, ConfigError
from seq2seq.lexicon import Lexicon
from seq2seq.locations import CONFIG, SUMS, locate
from seq2seq.model import Seq2Seq
from seq2seq.tokenizer import Tokenizer

FORMAT = "seq2seq-bundle"
FORMAT_VERSION = 2  # 1 had neither a lexicon nor weights of 8 bits
WEIGHTS, CARD, LEXICON = "model.safetensors", "README.md", "lexicon.safetensors"
SCALE = ":scale"  # behind the name of a matrix: the scales of its rows
WEIGHT_TYPES = ("fp32", "int8")
JOINT_TOKENIZER, SRC_TOKENIZER, TGT_TOKENIZER = "spm.model", "spm.src.model", "spm.tgt.model"
READ = (CONFIG, WEIGHTS, LEXICON, JOINT_TOKENIZER, SRC_TOKENIZER, TGT_TOKENIZER)


@dataclass(frozen=True)
class BundleConfig:
    """What config.json holds."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    joint: bool = True  # one tokenizer and one embedding for both languages
    model: ModelConfig = field(default_factory=ModelConfig)
    search: SearchConfig = field(default_factory=SearchConfig)


@dataclass(frozen=True)
class Bundle:
    """A released model in memory. With a joint vocabulary both tokenizers are one object."""

    config: BundleConfig
    model: Seq2Seq
    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer
    lexicon: Lexicon | None = None


def save(path: Path, bundle: Bundle, card: str, *, weights: str = "fp32") -> None:
    """Writes the directory; a model directory that stands there is replaced, and only by a complete one.

    `weights` is how they are stored, one of WEIGHT_TYPES: in 8 bits, they take a quarter of the space.
    `BundleError` where something else stands there.
    """
    parameters = {name: weight.detach().cpu().float() for name, weight in bundle.model.named_parameters()}
    files = {
        CONFIG: (json.dumps(as_table(bundle.config), indent=2) + "\n").encode(),
        WEIGHTS: to_bytes(quantized(parameters) if weights == "int8" else parameters),
        CARD: card.encode(),
    }
    if bundle.config.joint:
        files[JOINT_TOKENIZER] = bundle.src_tokenizer.to_bytes()
    else:
        files[SRC_TOKENIZER] = bundle.src_tokenizer.to_bytes()
        files[TGT_TOKENIZER] = bundle.tgt_tokenizer.to_bytes()
    if bundle.lexicon:
        kind = torch.int16 if len(bundle.tgt_tokenizer) < 2**15 else torch.int32
        tables = {"candidates": bundle.lexicon.candidates, "common": bundle.lexicon.common}
        files[LEXICON] = to_bytes({name: table.to(kind) for name, table in tables.items()})
    sums = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    files[SUMS] = "".join(sums).encode()
    _replace_directory(path, files)


def load(path: Path) -> Bundle:
    """Reads a model directory, or the one inside a training run's directory, onto the CPU.

    `BundleError` names the file that is missing, foreign, of a newer version or damaged.
    """
    path = locate(path)
    files = _read_checked(path)
    config = _parse_config(path / CONFIG, files)
    if config.joint:
        src_tokenizer = tgt_tokenizer = _tokenizer(path, files, JOINT_TOKENIZER)
    else:
        src_tokenizer = _tokenizer(path, files, SRC_TOKENIZER)
        tgt_tokenizer = _tokenizer(path, files, TGT_TOKENIZER)
    with torch.device("meta"):
        model = Seq2Seq(config.model, len(src_tokenizer), len(tgt_tokenizer), joint=config.joint)
    _fill(model, files, path / WEIGHTS)
    lexicon = _lexicon(files, path / LEXICON, len(src_tokenizer), len(tgt_tokenizer))
    return Bundle(config, model.eval(), src_tokenizer, tgt_tokenizer, lexicon)


def _read_checked(path: Path) -> dict[str, bytes]:
    """Every file of the directory that is read, after its checksum was compared."""
    try:
        lines = (path / SUMS).read_text(encoding="utf-8").splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        files = {name: (path / name).read_bytes() for name in READ if name in sums}
    except FileNotFoundError as error:
        raise BundleError(f"{error.filename} is missing; copy the model directory again, whole") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"cannot read the model directory {path}: {error}") from None
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != sums[name]:
            raise BundleError(f"{path / name} is damaged: its checksum differs from {SUMS}; copy it again")
    return files


def _parse_config(path: Path, files: Mapping[str, bytes]) -> BundleConfig:
    if CONFIG not in files:
        raise BundleError(f"{path} is missing from {SUMS}; copy the model directory again, whole")
    try:
        table: Any = json.loads(files[CONFIG])
        program, version = table["format"], table["format_version"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise BundleError(f"{path} is not of a seq2seq model; name a directory that `seq2seq train` wrote") from None
    if program != FORMAT:
        raise BundleError(f"{path} is of another program (format {program!r}), not of seq2seq; name another directory")
    if type(version) is not int or version < 1:
        raise BundleError(f"{path} has the impossible format version {version!r}; copy it again")
    if version > FORMAT_VERSION:
        raise BundleError(
            f"{path} has format version {version}, this seq2seq reads up to {FORMAT_VERSION}; upgrade seq2seq"
        )
    try:
        return build(BundleConfig, table)
    except ConfigError as error:
        raise BundleError(f"{path}: {error}; copy it again, or upgrade seq2seq") from None


def _tokenizer(path: Path, files: Mapping[str, bytes], name: str) -> Tokenizer:
    if name not in files:
        raise BundleError(f"{path / name} is missing from {SUMS}; copy the model directory again, whole")
    return Tokenizer.from_bytes(files[name], str(path / name))


def _fill(model: Seq2Seq, files: Mapping[str, bytes], path: Path) -> None:
    """Gives the model, built without memory, its weights; every name and shape must fit."""
    try:
        weights = dequantized(from_bytes(files[WEIGHTS]))
    except (KeyError, SafetensorError) as error:
        raise BundleError(f"{path} holds no weights ({error}); copy it again") from None
    wanted = {name: _kind(parameter) for name, parameter in model.named_parameters()}
    found = {name: _kind(weight) for name, weight in weights.items()}
    names = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if names:
        differences = [
            f"{name} is {found.get(name, 'missing')}, wanted {wanted.get(name, 'nothing of that name')}"
            for name in names[:3]
        ]
        raise BundleError(
            f"{path} does not fit {CONFIG} or the tokenizer, {len(names)} weights differ: "
            f"{'; '.join(differences)}{' …' * (len(names) > 3)}. They are of different models"
        )
    model.load_state_dict(weights, assign=True)


def quantized(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices as int8, each row in steps of 1/127 of its largest value, steps as `name:scale`; the rest as it is."""
    stored: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if weight.dim() == 2:
            scale = weight.abs().amax(1) / 127  # (rows,)
            stored[name] = (weight / scale.clamp(min=1e-30)[:, None]).round().to(torch.int8)
            stored[name + SCALE] = scale
        else:
            stored[name] = weight
    return stored


def dequantized(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """float32 weights from what `quantized` made, or from weights that are so already."""
    weights = {name: weight for name, weight in stored.items() if not name.endswith(SCALE)}
    for name, weight in weights.items():
        if weight.dtype == torch.int8 and name + SCALE in stored:
            weights[name] = weight.float() * stored[name + SCALE][:, None]
    return weights


def _lexicon(files: Mapping[str, bytes], path: Path, src_size: int, tgt_size: int) -> Lexicon | None:
    if LEXICON not in files:
        return None
    try:
        lexicon = Lexicon(**{name: table.int() for name, table in from_bytes(files[LEXICON]).items()})
    except (TypeError, SafetensorError) as error:
        raise BundleError(f"{path} holds no lexicon ({error}); copy it again") from None
    tokens = torch.cat((lexicon.candidates.flatten(), lexicon.common))
    if len(lexicon.candidates) != src_size or tokens.max() >= tgt_size or tokens.min() < -1:
        raise BundleError(f"{path} does not fit the tokenizer: it is of another model; copy the directory again, whole")
    return lexicon


def _kind(weight: Tensor) -> str:
    return f"{str(weight.dtype).removeprefix('torch.')} {tuple(weight.shape)}"


def _replace_directory(path: Path, files: Mapping[str, bytes]) -> None:
    """The directory with these files, complete or not at all."""
    beside, old = path.with_name(f".{path.name}.part"), path.with_name(f".{path.name}.old")
    if old.exists() and not path.exists():  # an earlier save died between its two renamings
        old.replace(path)
    if path.exists() and not _may_go(path):
        raise BundleError(f"{path} exists and is not a model directory; choose another place")
    for leftover in (beside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        for name, data in files.items():
            _write(beside / name, data)
        if path.exists():
            path.replace(old)
        beside.replace(path)
    except BaseException:
        if old.exists() and not path.exists():
            old.replace(path)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _may_go(path: Path) -> bool:
    """Is it a model directory of ours, or an empty one? Other programs have a file of that name as well."""
    if not path.is_dir():
        return False
    if not any(path.iterdir()):
        return True
    try:
        return bool(json.loads((path / CONFIG).read_bytes())["format"] == FORMAT)
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _write(path: Path, data: bytes) -> None:
    try:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:  # of a full disk, which says nothing of the place
        raise OSError(error.errno, error.strerror, str(path)) from None
