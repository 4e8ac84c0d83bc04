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
import sys
import time
from pathlib import Path
from statistics import median

from peers import OPENNMT, ROOT, THREADS, WORK, opennmt_python, our_config, prepare_pairs, run, train_opennmt

RESULT = ROOT / "benchmarks" / "results" / "training_speed.txt"
UNMEASURED = 10  # updates before the clock starts, in which kernels are made


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


def run_ours(precision: str, updates: int, *, batch_tokens: int = 4096, processes: int = 1) -> dict[str, float]:
    """Our figures, as `train_ours` prints them, and the memory."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", processes] if processes > 1 else []
    child = [Path(__file__).resolve(), "--child", precision, batch_tokens, "--updates", updates]
    ended = run(sys.executable, *launcher, *child, OMP_NUM_THREADS=str(max(1, THREADS // processes)))
    return json.loads(ended.told.strip().splitlines()[-1]) | {"memory": ended.memory}


def run_opennmt(python: Path, updates: int) -> dict[str, float]:
    """OpenNMT-py's target tokens/s over the same number of updates, by its own log, and its memory."""
    ended = train_opennmt(python, WORK / "opennmt-speed", UNMEASURED + updates, UNMEASURED // 2)
    reports = re.findall(r"Step +(\d+)/.*?/ *(\d+) tok/s", ended.told)
    speeds = [float(speed) for step, speed in reports if int(step) > UNMEASURED]
    assert speeds, ended.told[-3000:]
    return {"speed": sum(speeds) / len(speeds), "memory": ended.memory}


def flops(src_tokens: float, tgt_tokens: float) -> float:
    """Of the matrix products, forward and backward, for so many real tokens of the preset small."""
    config = our_config()
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
    prepare_pairs(options.data.resolve())
    python = opennmt_python()
    figures: dict[str, list[dict[str, float]]] = {}
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr)
        peak = json.loads(run(sys.executable, Path(__file__).resolve(), "--peak").told)
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
