"""How fast we train, beside OpenNMT-py and beside what the processor can do.

    python benchmarks/training_speed.py DATA [--rounds 3] [--updates 20] [--losses 400]

DATA holds train.tsv.xz (see data/README.md). Both train on the same Tatoeba pairs, cut by the same tokenizer, with
the same sizes: 2+2 LSTM layers, width 512, vocabulary 8,000, batches of 4,096 tokens, dropout 0.2, label smoothing
0.1. They run in turn, each as a process of its own, several rounds; figures are medians over the rounds. OpenNMT-py
3.5.1 comes from PyPI into an environment of its own, runs/peers/opennmt.

Target tokens are real ones, padding not counted. The share of the peak counts the matrix products of real tokens
alone, forward and backward, against a product of 2048 x 2048 matrices in bf16 measured in the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
WORK = ROOT / "runs" / "training_speed"
PEER = ROOT / "runs" / "peers" / "opennmt"  # an environment of its own
RESULT = ROOT / "benchmarks" / "results" / "training_speed.txt"
UNMEASURED = 10  # updates before the clock starts, in which kernels are made
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
batch_size: 4096
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


def our_config(batch_tokens: int, precision: str) -> Any:
    """The preset small with the benchmark's batches."""
    from seq2seq.config import Config, build, merge, read_preset

    table = {
        "data": {
            "train": [{"corpus": "tatoeba"}],
            "dev": [{"corpus": "tatoeba", "split": "dev"}],
        },
        "model": {"dropout": 0.2, "word_dropout": 0.0},
        "tokenizer": {"sampling_alpha": 0.0},
        "training": {"batch_tokens": batch_tokens, "precision": precision, "max_steps": 10_000, "label_smoothing": 0.1},
    }
    return build(Config, merge(read_preset("small"), table))


def train_ours(batch_tokens: int, precision: str, updates: int) -> None:
    """In a process of its own: trains for some updates and prints what they took, as JSON."""
    from seq2seq.cli.train import TORCHRUN
    from seq2seq.device import choose_device, choose_dtype
    from seq2seq.distributed import Launch, joined
    from seq2seq.feed import Feed
    from seq2seq.preparation import reopen
    from seq2seq.run import new_model
    from seq2seq.training import Progress, Validation, initial_state, train

    config, device = our_config(batch_tokens, precision), choose_device("auto")
    prepared = reopen(config, WORK / "data")
    state = initial_state(new_model(config, prepared, device), config.training)
    feed = Feed(prepared.corpus, prepared.src_tokenizer, prepared.tgt_tokenizer)
    launch = Launch(**{field: int(os.environ.get(name, default)) for field, name, default in TORCHRUN})
    learned: list[Progress] = []
    with joined(launch) as world:
        events = train(
            state, feed, config.training, choose_dtype(precision, device), world=world,
            validate=lambda: Validation(0, 0.0, 0.0, ()), save=lambda: None, keep_best=lambda _: None,
            stop_requested=lambda: len(learned) >= UNMEASURED + updates - 1,
        )  # fmt: skip
        for event in events:
            if isinstance(event, Progress):
                learned.append(event)  # noqa: PERF401 - `stop_requested` looks at it meanwhile
    measured = learned[UNMEASURED:]
    tokens, seconds = sum(event.tokens for event in measured), measured[-1].seconds - learned[UNMEASURED - 1].seconds
    rows = [row for batches in feed.updates(config.training, 0)[UNMEASURED : len(learned)] for row in batches]
    src_tokens = sum(int(feed.corpus.src_lengths[row].sum()) + len(row) for row in rows)
    last = learned[-min(100, updates) :]
    loss = sum(event.loss * event.tokens for event in last) / sum(event.tokens for event in last)
    if world.is_first:
        print(json.dumps({"speed": tokens / seconds, "src_speed": src_tokens / seconds, "loss": loss}))


def measure_peak() -> None:
    """In a process of its own: prints the bf16 matrix peak in FLOP/s, as JSON."""
    import torch

    left, right = torch.randn(2, 2048, 2048, dtype=torch.bfloat16)
    seconds = []
    for _ in range(30):
        began = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"flops": 2 * 2048**3 / median(seconds[5:])}))


def run(command: list[str], **variables: str) -> tuple[str, float]:
    """What a command prints, on both channels, and its peak memory in GB, that of its largest process."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    with (WORK / "output.txt").open("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=WORK)
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        told = output.read()
    if status:
        sys.exit(f"{' '.join(command)} failed:\n{told[-3000:]}")
    return told, usage.ru_maxrss * 1024 / 1e9


def run_ours(precision: str, updates: int, *, batch_tokens: int = 4096, processes: int = 1) -> dict[str, float]:
    """Our figures, as `train_ours` prints them, and the memory."""
    child = [str(Path(__file__).resolve()), "--child", precision, str(batch_tokens), "--updates", str(updates)]
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    threads = str(max(1, THREADS // processes))
    told, memory = run([sys.executable, *(launcher if processes > 1 else []), *child], OMP_NUM_THREADS=threads)
    return json.loads(told.strip().splitlines()[-1]) | {"memory": memory}


def run_opennmt(python: Path, updates: int) -> dict[str, float]:
    """OpenNMT-py's target tokens/s over the same number of updates, by its own log, and its memory."""
    files = {name: WORK / f"train.{name}" for name in ("src", "tgt", "vocab")}
    every = UNMEASURED // 2
    steps = UNMEASURED + updates
    config = WORK / "opennmt.yaml"
    config.write_text(OPENNMT_CONFIG.format(**files, out=WORK / "opennmt-model", steps=steps, every=every))
    command = [str(python.with_name("onmt_train")), "-config", str(config)]
    told, memory = run(command, OMP_NUM_THREADS=str(THREADS))
    reports = re.findall(r"Step (\d+)/.*?/ *(\d+) tok/s; *(\d+) sec", told)
    speeds = [float(speed) for step, speed, _ in reports if int(step) > UNMEASURED]
    assert speeds, told[-3000:]
    return {"speed": sum(speeds) / len(speeds), "memory": memory}


def prepare(data: Path) -> None:
    """The pairs as we read them, and as pieces between spaces for OpenNMT-py."""
    from seq2seq.preparation import prepare

    prepared = prepare(our_config(4096, "bf16"), WORK / "data", [data])
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


def flops(src_tokens: float, tgt_tokens: float) -> float:
    """Of the matrix products, forward and backward, for so many real tokens of the preset small."""
    config = our_config(4096, "bf16")
    width, vocab_size = config.model.width, config.tokenizer.vocab_size
    encoder_layer = 2 * 4 * (width // 2) * (width + width // 2)  # two directions, four gates, input and state
    decoder_layer = 4 * width * 2 * width + 2 * width**2  # the cells; attention's queries and output
    keys_and_values = 2 * width**2
    src = config.model.encoder_layers * encoder_layer + config.model.decoder_layers * keys_and_values
    tgt = config.model.decoder_layers * decoder_layer + vocab_size * width
    return 3 * 2 * (src * src_tokens + tgt * tgt_tokens)


def compare_losses(updates: int) -> str:
    """bf16 beside fp32 after the same updates of 1,024 tokens, from the same seed."""
    bf16, fp32 = (run_ours(precision, updates, batch_tokens=1024)["loss"] for precision in ("bf16", "fp32"))
    return f"loss over the last 100 of {updates:,} updates of 1,024 tokens: bf16 {bf16:.4f}, fp32 {fp32:.4f}"


def main() -> None:
    """The rounds and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=20, help="measured in each round")
    parser.add_argument("--losses", type=int, default=0, help="compare bf16 with fp32 after so many updates, too")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return train_ours(int(options.child[1]), options.child[0], options.updates)
    if options.peak:
        return measure_peak()
    if options.data is None:
        parser.error("DATA is missing: the directory that holds train.tsv.xz")
    WORK.mkdir(parents=True, exist_ok=True)
    prepare(options.data.resolve())
    python = opennmt_python()
    figures: dict[str, list[dict[str, float]]] = {}
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr)
        peak = json.loads(run([sys.executable, str(Path(__file__).resolve()), "--peak"])[0])
        ours = run_ours("bf16", options.updates)
        work = flops(ours["src_speed"], ours["speed"])
        figures.setdefault("ours, bf16", []).append(ours | {"share": work / peak["flops"], "peak": peak["flops"]})
        figures.setdefault(f"ours, bf16, {THREADS} processes of one thread", []).append(
            run_ours("bf16", options.updates, processes=THREADS)
        )
        figures.setdefault("ours, fp32", []).append(run_ours("fp32", options.updates))
        figures.setdefault(OPENNMT.replace("==", " "), []).append(run_opennmt(python, options.updates))
    report = table(figures, options.rounds)
    if options.losses:
        report = f"{compare_losses(options.losses)}\n{report}"
    print(report)
    RESULT.write_text(f"$ python benchmarks/training_speed.py {' '.join(sys.argv[1:])}\n{report}\n", encoding="utf-8")
    return None


def table(figures: dict[str, list[dict[str, float]]], rounds: int) -> str:
    """Medians over the rounds, and in the last line what is asked for."""

    def middle(name: str, field: str) -> float:
        return median(figure[field] for figure in figures[name])

    names = list(figures)
    ours, opennmt = names[0], names[-1]
    ratios = {
        name: median(a["speed"] / b["speed"] for a, b in zip(figures[name], figures[opennmt], strict=True))
        for name in names
    }
    lines = [f"{'':42} tokens/s   x OpenNMT-py  peak memory"]
    lines += [
        f"{name:42} {middle(name, 'speed'):8,.0f}   {ratios[name]:11.2f}  {middle(name, 'memory'):8.1f} GB"
        for name in names
    ]
    processes = median(a["speed"] / b["speed"] for a, b in zip(figures[names[1]], figures[ours], strict=True))
    lines.append(f"processes beside threads: {processes:.2f}")
    lines.append(f"bf16 peak: {middle(ours, 'peak') / 1e9:.0f} GFLOP/s; medians of {rounds} rounds")
    lines.append(f"ratio {ratios[ours]:.2f}, share {middle(ours, 'share'):.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
