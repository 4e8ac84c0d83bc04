"""What the benchmarks share: the peers, and running a command under measurement.

OpenNMT-py and CTranslate2 come from PyPI into an environment of their own, runs/peers/opennmt, which is made where it
is missing. Everything that a benchmark writes is under runs/.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEER = ROOT / "runs" / "peers" / "opennmt"
WORK = ROOT / "runs" / "benchmarks"  # the pairs that all train on
THREADS = os.cpu_count() or 1

OPENNMT = "OpenNMT-py==3.5.1"
OPENNMT_IMPORTS = (  # what it imports, in versions of today: its own list asks for older ones
    *("torch==2.13.0", "configargparse", "ctranslate2", "pyonmttok", "rapidfuzz", "pyahocorasick", "flask", "waitress"),
    *("spacy", "six", "sacrebleu", "tensorboard", "pyyaml", "sentencepiece", "fasttext-wheel"),
)
OPENNMT_CONFIG = """\
data: {{corpus: {{path_src: {src}, path_tgt: {tgt}, transforms: []}}}}
src_vocab: {vocab}
tgt_vocab: {vocab}
share_vocab: true
save_model: {out}/model
overwrite: true
encoder_type: brnn
decoder_type: rnn
rnn_type: LSTM
enc_layers: 2
dec_layers: 2
hidden_size: 512
word_vec_size: 512
share_embeddings: true
share_decoder_embeddings: true
global_attention: general
dropout: [0.2]
label_smoothing: 0.1
batch_type: tokens
batch_size: {batch_tokens}
normalization: tokens
optim: adam
learning_rate: 0.001
max_grad_norm: 1
num_workers: 0
bucket_size: 131072
train_steps: {steps}
save_checkpoint_steps: {steps}
report_every: {every}
seed: 1
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended well."""

    told: str  # on both channels
    memory: float  # GB, the peak of its largest process
    seconds: float


def run(*command: object, **variables: str) -> Ended:
    """Runs a command to its end, in WORK; where it fails, the benchmark ends with what it said."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(THREADS)} | variables
    words = [str(word) for word in command]
    with (WORK / "output.txt").open("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=WORK)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        output.seek(0)
        told = output.read()
    if status:
        sys.exit(f"{' '.join(words)} failed:\n{told[-3000:]}")
    return Ended(told, usage.ru_maxrss * 1024 / 1e9, seconds)


def our_config(batch_tokens: int = 4096, precision: str = "bf16") -> Any:
    """The sizes that all train with: the preset small, with the benchmarks' vocabulary, dropout and batches."""
    from seq2seq.config import Config, build, merge, read_preset

    table = {
        "data": {"train": [{"corpus": "tatoeba"}], "dev": [{"corpus": "tatoeba", "split": "dev"}]},
        "model": {"dropout": 0.2, "word_dropout": 0.0},
        "tokenizer": {"vocab_size": 8000, "kind": "unigram", "sampling_alpha": 0.0},
        "training": {"batch_tokens": batch_tokens, "precision": precision, "label_smoothing": 0.1},
    }
    return build(Config, merge(read_preset("small"), table))


def prepare_pairs(data: Path) -> None:
    """The pairs as we read them, and as pieces between spaces for OpenNMT-py."""
    from seq2seq.preparation import prepare

    WORK.mkdir(parents=True, exist_ok=True)
    prepared = prepare(our_config(), WORK / "data", [data])
    tokenizer, corpus = prepared.src_tokenizer, prepared.corpus
    if (WORK / "train.vocab").exists():
        return
    for side, name in enumerate(("src", "tgt")):
        lines = (" ".join(tokenizer.pieces(corpus.pair(row)[side].tolist())) for row in range(len(corpus)))
        (WORK / f"train.{name}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    pieces = tokenizer.pieces(range(4, len(tokenizer)))
    (WORK / "train.vocab").write_text("".join(f"{piece}\t1\n" for piece in pieces), encoding="utf-8")


def opennmt_python() -> Path:
    """The interpreter of OpenNMT-py's environment, which is made where it is missing."""
    python = PEER / "bin" / "python"
    if not (PEER / ".ready").exists():
        print(f"installing {OPENNMT} into {PEER}", file=sys.stderr)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEER)], check=True)
        subprocess.run([*pip, *OPENNMT_IMPORTS], check=True)
        subprocess.run([*pip, "--no-deps", OPENNMT], check=True)
        (PEER / ".ready").touch()
    return python


def train_opennmt(python: Path, out: Path, updates: int, every: int, *, batch_tokens: int = 4096) -> Ended:
    """Trains OpenNMT-py's LSTM of our sizes on our pairs, with a report after `every` updates."""
    files = {name: WORK / f"train.{name}" for name in ("src", "tgt", "vocab")}
    config = WORK / "opennmt.yaml"
    sizes = {"steps": updates, "every": every, "batch_tokens": batch_tokens}
    config.write_text(OPENNMT_CONFIG.format(**files, out=out, **sizes), encoding="utf-8")
    return run(python.with_name("onmt_train"), "-config", config)


def translate_opennmt(python: Path, model: Path, src: Path, out: Path, *, beam_size: int, batch_size: int) -> Ended:
    """Translates a file of pieces with OpenNMT-py's command."""
    search = ("-beam_size", beam_size, "-batch_size", batch_size, "-batch_type", "sents")
    files = ("-model", model, "-src", src, "-output", out)
    return run(python.with_name("onmt_translate"), *files, *search, TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD="1")
