"""What each choice of the preset small is worth: one change at a time, on a small scale, scored on dev.

    python benchmarks/quality_per_minute.py DATA [--updates 2000] [--jobs 2] [--only NAME ...]

DATA holds train.tsv.xz and dev/ (see data/README.md). The preset is as it was when this was measured: a unigram
vocabulary of 8,000, and word dropout; what won here is in it now. Its hour is made small: every fourth of the Tatoeba
pairs, half the width, half the vocabulary, a tenth of the updates; so it passes over its pairs several times, as the
hour does. Each variant is a run of the real command with one thread, --jobs of them side by side. So that all have the
same time whatever else the machine does, time is counted in updates: a variant that may be slower or faster for an
update is measured beside the preset, both at once, and gets as many updates as fit. Runs are kept in runs/quality;
those that are there are not made again. Prints the table of all there are and writes it to
benchmarks/results/quality_per_minute.md.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "runs" / "quality"
RESULT = ROOT / "benchmarks" / "results" / "quality_per_minute.md"
BEFORE = ("tokenizer.kind=unigram", "model.word_dropout=0.1")  # the preset's, when this was measured
SCALE = ("model.width=256", "tokenizer.vocab_size=4000", "training.warmup_steps=300", "training.ema_decay=0.995")
EVERY = 4  # of the Tatoeba pairs, one in so many
PRESET = "the preset"
AS_FAST: dict[str, tuple[str, ...]] = {  # settings that differ, and leave an update as long as it was
    "the preset, seed 2": ("training.seed=2",),
    "the preset, seed 3": ("training.seed=3",),
    "dropout 0.15": ("model.dropout=0.15",),
    "dropout 0.35": ("model.dropout=0.35",),
    "no word dropout": ("model.word_dropout=0.0",),
    "word dropout 0.2": ("model.word_dropout=0.2",),
    "label smoothing 0": ("training.label_smoothing=0.0",),
    "label smoothing 0.2": ("training.label_smoothing=0.2",),
    "embeddings that begin at random": ("training.embeddings=random",),
    "rate 1e-3": ("training.learning_rate=1e-3",),
    "rate 4e-3": ("training.learning_rate=4e-3",),
    "inverse square root": ("training.schedule=inverse_sqrt",),
    "averaging over 50 updates": ("training.ema_decay=0.98",),
    "averaging over 500 updates": ("training.ema_decay=0.998",),
}
ELSE: dict[str, tuple[str, ...]] = {
    "subword sampling 0.3": ("tokenizer.sampling_alpha=0.3",),
    "subword sampling 0.1": ("tokenizer.sampling_alpha=0.1",),
    "BPE": ("tokenizer.kind=bpe",),
    "half the vocabulary": ("tokenizer.vocab_size=2000",),
    "twice the vocabulary": ("tokenizer.vocab_size=8000",),
    "three quarters of the width": ("model.width=192",),
    "one and a half times the width": ("model.width=384",),
    "encoder of 1 layer": ("model.encoder_layers=1",),
    "encoder of 3 layers": ("model.encoder_layers=3",),
    "decoder of 1 layer": ("model.decoder_layers=1",),
    "decoder of 3 layers": ("model.decoder_layers=3",),
    "GRU": ("model.cell=gru",),
    "additive attention": ("model.attention=additive",),
    "half the batch": ("training.batch_tokens=512",),
    "twice the batch": ("training.batch_tokens=2048",),
}
VARIANTS = {PRESET: ()} | AS_FAST | ELSE


def seq2seq(*arguments: object) -> subprocess.Popen[str]:
    """The command, started with one thread."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "seq2seq", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it printed, and what it said about it."""
    out, err = process.communicate()
    if process.returncode:
        sys.exit(f"{process.args!r}\n{err[-2000:]}")
    return out, err


def training(name: str, data: Path) -> list[object]:
    """The arguments that all commands for a variant share."""
    settings = [part for setting in (*BEFORE, *SCALE, *VARIANTS[name]) for part in ("--set", setting)]
    dev = data / "dev" / "tatoeba-dev.tsv"
    return ["train", "--preset", "small", "--data", RUNS / "train.tsv", "--dev", dev, *settings]


def relative_speed(name: str, data: Path) -> float:
    """Updates of the variant in the time of one of the preset, both measured at once."""
    kept = RUNS / f"{name}.speed"
    if not kept.exists():
        dry = [seq2seq(*training(one, data), "--dry-run", "--out", RUNS / f"{name}.dry") for one in (PRESET, name)]
        seconds = [float(re.search(r"([\d.]+) s an update", "".join(told(one)))[1]) for one in dry]  # type: ignore[index]
        kept.write_text(str(seconds[0] / seconds[1]), encoding="utf-8")
    return float(kept.read_text("utf-8"))


def measure(name: str, data: Path, updates: int) -> dict[str, float]:
    """Trains the variant, unless it was, and scores it; the figures are kept beside its run."""
    out = RUNS / f"{updates}" / name
    scores = out.with_name(f"{name}.json")
    if not scores.exists():
        speed = relative_speed(name, data) if name in ELSE else 1.0
        shutil.rmtree(out, ignore_errors=True)
        quiet = ("--set", "training.validate_every=1000000")
        told(seq2seq(*training(name, data), *quiet, "--steps", round(updates * speed), "--out", out))
        dev = data / "dev" / "tatoeba-dev.tsv"
        pairs = [line.split("\t") for line in dev.read_text("utf-8").splitlines()]
        for side, suffix in enumerate(("src", "ref")):
            (out / f"dev.{suffix}").write_text("".join(f"{pair[side]}\n" for pair in pairs), encoding="utf-8")
        figures = {"speed": speed}
        for beam_size in (1, 4):
            files = ("--model", out, "--src", out / "dev.src", "--ref", out / "dev.ref")
            table = json.loads(told(seq2seq("evaluate", *files, "--beam-size", beam_size, "--json"))[0])
            figures[f"beam {beam_size}"] = table["scores"][0]["score"]
        likelihood = re.search(
            r"([\d,]+) target tokens, perplexity ([\d.]+)", told(seq2seq("score", "--model", out, dev))[1]
        )
        nll = int(likelihood[1].replace(",", "")) * math.log(float(likelihood[2]))  # type: ignore[index]
        figures["nll"] = nll / sum(len(pair[1]) for pair in pairs)
        scores.write_text(json.dumps(figures))
        print(name, figures, file=sys.stderr)
    return json.loads(scores.read_text())


def table(figures: dict[str, dict[str, float]]) -> str:
    """The variants, the likeliest dev set first."""
    lines = [
        "| changed | updates a minute | dev nll, nats a character | BLEU greedy | BLEU beam 4 |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | × {row['speed']:.2f} | {row['nll']:.3f} | {row['beam 1']:.2f} | {row['beam 4']:.2f} |"
        for name, row in sorted(figures.items(), key=lambda item: item[1]["nll"])
    ]
    return "\n".join(lines)


def main() -> None:
    """Runs what is missing and writes the table of all there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--updates", type=int, default=2000, help="of the preset; others get as many as fit its time")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", choices=VARIANTS, default=list(VARIANTS), metavar="NAME")
    options = parser.parse_args()
    data = options.data.resolve()
    RUNS.mkdir(parents=True, exist_ok=True)
    if not (RUNS / "train.tsv").exists():
        with lzma.open(data / "train.tsv.xz", "rt", encoding="utf-8") as file:
            pairs = [line for line in file if line.rstrip("\n").split("\t")[2] == "tatoeba"]
        (RUNS / "train.tsv").write_text("".join(pairs[::EVERY]), encoding="utf-8")
    for name in options.only:
        if name in ELSE:
            relative_speed(name, data)  # while nothing else runs
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda name: measure(name, data, options.updates), options.only))
    page = f"""\
# What each choice of the preset small is worth

On a small scale: every {EVERY}th Tatoeba pair, and the preset as it was before what won here was put into it
({", ".join(f"`{setting}`" for setting in BEFORE)}), with
{", ".join(f"`{setting}`" for setting in SCALE)}.
A variant whose updates take longer or shorter gets as many as fit the preset's time ("updates a minute", measured side
by side, good to a tenth). Tatoeba's dev set, 2,000 lines; the likeliest first. The seeds tell how far chance alone
reaches. Made by `python benchmarks/quality_per_minute.py`, one thread each.
{"".join(section(int(folder.name)) for folder in sorted(RUNS.glob("[0-9]*"), key=lambda folder: int(folder.name)))}"""
    print(page)
    RESULT.write_text(page, encoding="utf-8")


def section(updates: int) -> str:
    """All that was trained for as long."""
    made = {name: RUNS / f"{updates}" / f"{name}.json" for name in VARIANTS}
    figures = {name: json.loads(path.read_text()) for name, path in made.items() if path.exists()}
    return f"\n## The time of {updates:,} updates of the preset\n\n{table(figures)}\n"


if __name__ == "__main__":
    main()
