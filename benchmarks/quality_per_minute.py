"""What each choice of the preset small is worth: one change at a time, the same time for all, scored on dev.

    python benchmarks/quality_per_minute.py DATA [--minutes 12] [--jobs 2] [--only NAME ...]

DATA holds train.tsv.xz and dev/ (see data/README.md). Each variant is a run of the real command on the Tatoeba pairs
with one thread, --jobs of them side by side; the learning rate falls to zero with the minutes. Runs are kept in
runs/quality; those that are there are not made again. Prints the table and writes it to
benchmarks/results/quality_per_minute.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "runs" / "quality"
RESULT = ROOT / "benchmarks" / "results" / "quality_per_minute.md"
VARIANTS: dict[str, tuple[str, ...]] = {  # settings that differ from the preset
    "small": (),
    "embeddings that begin at random": ("training.embeddings=random",),
    "dropout 0.1": ("model.dropout=0.1",),
    "dropout 0.2": ("model.dropout=0.2",),
    "dropout 0.3": ("model.dropout=0.3",),
    "dropout 0.4": ("model.dropout=0.4",),
    "no word dropout": ("model.word_dropout=0.0",),
    "word dropout 0.1": ("model.word_dropout=0.1",),
    "label smoothing 0": ("training.label_smoothing=0.0",),
    "label smoothing 0.2": ("training.label_smoothing=0.2",),
    "subword sampling 0.3": ("tokenizer.sampling_alpha=0.3",),
    "subword sampling 0.5": ("tokenizer.sampling_alpha=0.5",),
    "vocabulary 4,000": ("tokenizer.vocab_size=4000",),
    "vocabulary 16,000": ("tokenizer.vocab_size=16000",),
    "BPE": ("tokenizer.kind=bpe",),
    "width 384": ("model.width=384",),
    "width 640": ("model.width=640", "model.heads=10"),
    "encoder of 1 layer": ("model.encoder_layers=1",),
    "encoder of 3 layers": ("model.encoder_layers=3",),
    "decoder of 1 layer": ("model.decoder_layers=1",),
    "decoder of 3 layers": ("model.decoder_layers=3",),
    "GRU": ("model.cell=gru",),
    "additive attention": ("model.attention=additive",),
    "rate 1e-3": ("training.learning_rate=1e-3",),
    "rate 3e-3": ("training.learning_rate=3e-3",),
    "inverse square root": ("training.schedule=inverse_sqrt",),
    "batches of 512 tokens": ("training.batch_tokens=512",),
    "batches of 2,048 tokens": ("training.batch_tokens=2048",),
    "averaging over 200 updates": ("training.ema_decay=0.995",),
    "averaging over 5,000 updates": ("training.ema_decay=0.9998",),
}


def seq2seq(*arguments: object) -> str:
    """What the command prints; it runs with one thread."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "seq2seq", *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return done.stdout


def measure(name: str, data: Path, minutes: float) -> dict[str, float]:
    """Trains the variant, unless it was, and scores it; the figures are kept beside its run."""
    out = RUNS / f"{minutes:g} min" / name
    scores = out.with_suffix(".json")
    if not scores.exists():
        subprocess.run(["rm", "-rf", str(out)], check=True)
        settings = [part for setting in VARIANTS[name] for part in ("--set", setting)]
        quiet = ("--set", "training.validate_every=1000000")
        source = ("--data", "tatoeba", "--dev", "tatoeba:dev", "--data-dir", data)
        seq2seq("train", "--preset", "small", *source, "--minutes", minutes, *settings, *quiet, "--out", out)
        pairs = [line.split("\t") for line in (data / "dev" / "tatoeba-dev.tsv").read_text("utf-8").splitlines()]
        for side, suffix in enumerate(("src", "ref")):
            (out / f"dev.{suffix}").write_text("".join(f"{pair[side]}\n" for pair in pairs), encoding="utf-8")
        figures = {}
        for beam_size in (1, 4):
            files = ("--model", out, "--src", out / "dev.src", "--ref", out / "dev.ref")
            table = json.loads(seq2seq("evaluate", *files, "--beam-size", beam_size, "--json"))
            figures[f"beam {beam_size}"] = table["scores"][0]["score"]
        log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
        learned = [line for line in log if line["event"] == "progress"]
        figures["tokens"] = sum(line["tokens"] for line in learned)
        figures["nll"] = sum(line["nll"] for line in learned[-20:]) / len(learned[-20:])
        scores.write_text(json.dumps(figures))
        print(name, figures, file=sys.stderr)
    return json.loads(scores.read_text())


def table(figures: dict[str, dict[str, float]]) -> str:
    """All variants, best first."""
    lines = ["| changed | beam 4 | greedy | training nll | target tokens |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {name} | {row['beam 4']:.2f} | {row['beam 1']:.2f} | {row['nll']:.3f} | {row['tokens'] / 1e6:.2f} M |"
        for name, row in sorted(figures.items(), key=lambda item: -item[1]["beam 4"])
    ]
    return "\n".join(lines)


def main() -> None:
    """Runs what is missing and writes the table of all there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", choices=VARIANTS, default=list(VARIANTS))
    options = parser.parse_args()
    data = options.data.resolve()
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = pool.map(lambda name: measure(name, data, options.minutes), options.only)
        figures = dict(zip(options.only, rows, strict=True))
    page = f"""\
# What each choice of the preset small is worth

Tatoeba pairs alone, {options.minutes:g} minutes each with one thread of a machine of two cores ({options.jobs} side by
side), one seed; BLEU on the Tatoeba dev set, 2,000 lines. Made by `python benchmarks/quality_per_minute.py`.

{table(figures)}
"""
    print(page)
    RESULT.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
