"""What the gates buy: rnn, gru and lstm, trained for the same time, and how far back each can learn from.

    python benchmarks/gates.py DATA [--minutes 3] [--cells rnn gru lstm]

Trains the preset small with each cell on the Tatoeba pairs, one after the other, for the same time, and scores the dev
set with beam 4. Then it measures how much the last state of the encoder's first layer, reading real text, still depends
on the token so many places before: the norm of the gradient, beside that to the last token itself. Runs are kept in
runs/gates. Prints a table, and writes it to benchmarks/results/gates.md and the curves to docs/gates.png.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import torch
from torch import Tensor

from seq2seq import bundle
from seq2seq.report.charts import curves

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "runs" / "gates"
RESULT = ROOT / "benchmarks" / "results" / "gates.md"
CHART = ROOT / "docs" / "gates.png"
CELLS = ("rnn", "gru", "lstm")
DISTANCES = (1, 2, 5, 10, 20, 40, 80)  # tokens
HEAD = """\
# What the gates buy

By `python benchmarks/gates.py DATA --minutes {minutes:g}`: Tatoeba's pairs, the preset small, the same time for each on
two cores. Behind BLEU (beam 4) stands the gradient of the encoder's last state with respect to the token so many
places before, relative to that with respect to the last one."""
ROWS = 64  # stretches of text that the gradient is averaged over


def seq2seq(*arguments: object) -> str:
    """What the command prints."""
    command = [sys.executable, "-m", "seq2seq", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout


def train(cell: str, data: Path, minutes: float) -> Path:
    """The run's directory; one that is there is not made again."""
    out = RUNS / cell
    if not (out / "model").exists():
        limits = ("--minutes", minutes, "--set", "training.max_steps=1000000", "--set", f"model.cell={cell}")
        pairs = ("--data", "tatoeba", "--dev", "tatoeba:dev", "--data-dir", data)
        seq2seq("train", "--preset", "small", *pairs, *limits, "--out", out)
    return out


def bleu(run: Path, data: Path) -> float:
    """BLEU on dev, beam 4."""
    scored = seq2seq("evaluate", "--model", run, "--test-set", "tatoeba:dev", "--data-dir", data, "--json")
    return float(json.loads(scored)["scores"][0]["score"])


def updates(run: Path) -> int:
    """How many the run has made."""
    events = (json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines())
    return max(event["step"] for event in events if "step" in event)


def reach(run: Path, data: Path) -> Tensor:
    """Gradient norms of the last state by distance, float (longest distance + 1,); the one at distance 0 is 1."""
    loaded = bundle.load(run / "model")
    text = (data / "test" / "newstest2012.en").read_text(encoding="utf-8").splitlines()
    ids = [token for row in loaded.src_tokenizer.encode_batch(text) for token in row]
    length = max(DISTANCES) + 1
    rows = torch.tensor(ids[: ROWS * length]).view(ROWS, length)  # (B, S)
    layer = loaded.model.encoder.layers[0]
    with torch.no_grad():
        embedding = loaded.model.src_embedding or loaded.model.tgt_embedding
        x = layer.norm(embedding(rows))  # (B, S, D)
    x.requires_grad_()
    last = layer.forward_cells(x)[:, -1]  # (B, D/2)
    directions = torch.randn(last.shape, generator=torch.Generator().manual_seed(1))
    (last * directions).sum().backward()
    assert x.grad is not None
    norms = x.grad.norm(dim=-1).flip(1).mean(0)  # (S,): by distance
    return norms / norms[0]


def main() -> None:
    """Trains, measures, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=CELLS, help="Fewer of them.")
    options = parser.parse_args()
    rows, series = [], {}
    for cell in options.cells:
        run = train(cell, options.data, options.minutes)
        norms = reach(run, options.data)
        shown = " | ".join(f"{norms[distance]:.1g}" for distance in DISTANCES)
        rows.append(f"| {cell} | {updates(run):,} | {bleu(run, options.data):.1f} | {shown} |")
        series[cell] = (list(range(len(norms))), norms.log10().tolist())
    title = f"| cell | updates in {options.minutes:g} min | BLEU on dev | {' | '.join(map(str, DISTANCES))} |"
    table = "\n".join([title, f"|---|---:|---:|{'---:|' * len(DISTANCES)}", *rows])
    RESULT.write_text(f"{HEAD.format(minutes=options.minutes)}\n\n{table}\n", encoding="utf-8")
    chart = curves("gates", "Gradient by distance, powers of ten", "tokens before", series)
    CHART.write_bytes(chart.png())
    print(table)


if __name__ == "__main__":
    main()
