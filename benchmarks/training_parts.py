"""What each part of a training step brings: the step as it is, and with one part as it would be written at first.

    python benchmarks/training_parts.py DATA [--rounds 3] [--updates 60]

DATA holds train.tsv.xz (see data/README.md). The preset small on Tatoeba, batches of 1,024 tokens, bf16; each variant
is a process of its own, all in turn in each round, with the same batches. Prints medians over the rounds, for the
table in benchmarks/results/training.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from peers import prepare_pairs, run
from training_speed import train_ours

AS_IS = "as it is"


def plain_loss() -> None:
    """The logits of all real tokens in fp32, and torch's own loss."""
    from torch.nn import functional as F

    from seq2seq import training

    def cross_entropy(hidden, weight, targets, smoothing):  # type: ignore[no-untyped-def]
        logits = F.linear(hidden, weight.to(hidden.dtype)).float()  # (n, V)
        nll = F.cross_entropy(logits.detach(), targets, reduction="sum")
        return F.cross_entropy(logits, targets, reduction="sum", label_smoothing=smoothing), nll

    training.linear_cross_entropy = cross_entropy


def loss_of_padding() -> None:
    """The output layer at every position, of which the padding's are not counted afterwards."""
    import torch
    from torch.nn import functional as F

    from seq2seq import training

    def forward(self, batch):  # type: ignore[no-untyped-def]
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.model(batch.src_ids, batch.src_lengths, batch.tgt_ids).flatten(0, 1)  # (B·T, D)
        labels = batch.labels.new_full((len(hidden),), -100).index_copy(0, batch.positions, batch.labels)
        logits = F.linear(hidden, self.model.tgt_embedding.weight.to(hidden.dtype)).float()  # (B·T, V)
        nll = F.cross_entropy(logits.detach(), labels, reduction="sum")
        return F.cross_entropy(logits, labels, reduction="sum", label_smoothing=self.label_smoothing), nll

    training.Objective.forward = forward  # type: ignore[method-assign]


def mask_of_every_position() -> None:
    """Dropout with a mask for every position, not for every sentence."""
    from torch.nn import functional as F

    from seq2seq.model import VariationalDropout

    VariationalDropout.forward = lambda self, x: F.dropout(x, self.rate, self.training)  # type: ignore[method-assign]


def fused_attention() -> None:
    """Torch's fused attention kernel."""
    from torch.nn import functional as F

    from seq2seq.attention import MultiHeadAttention

    def forward(self, query, projected):  # type: ignore[no-untyped-def]
        queries = self._split(self.query(query))
        heads = F.scaled_dot_product_attention(queries, *projected, scale=1.0)
        return self.output(heads.transpose(1, 2).flatten(2))

    MultiHeadAttention.forward = forward  # type: ignore[method-assign]


def loop_of_tensors() -> None:
    """The optimizer one tensor and one operation at a time, and the average likewise."""
    import torch

    from seq2seq import training

    fused = torch.optim.AdamW
    torch.optim.AdamW = lambda *args, **options: fused(*args, **{**options, "fused": False, "foreach": False})  # type: ignore[assignment, misc]

    @torch.no_grad()
    def average(state, decay):  # type: ignore[no-untyped-def]
        for mean, weight in zip(state.averaged.parameters(), state.model.parameters(), strict=True):
            mean.copy_(decay * mean + (1 - decay) * weight)

    training._average = average


def float32() -> None:
    """Products in fp32."""


def random_order() -> None:
    """Batches of pairs as they come, unlike in length."""
    import numpy as np

    np.lexsort = lambda keys: np.arange(len(keys[0]))


VARIANTS: dict[str, Callable[[], None]] = {
    AS_IS: lambda: None,
    "logits of a batch at once, torch's cross_entropy": plain_loss,
    "the same, at padding too": loss_of_padding,
    "dropout masks of every position": mask_of_every_position,
    "torch's fused attention": fused_attention,
    "optimizer and average tensor by tensor": loop_of_tensors,
    "batches of pairs unlike in length": random_order,
    "products in fp32": float32,
}


def main() -> None:
    """All variants in turn, and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--child", choices=VARIANTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        VARIANTS[options.child]()
        return train_ours(1024, "fp32" if VARIANTS[options.child] is float32 else "bf16", options.updates)
    if options.data is None:
        parser.error("DATA is missing: the directory that holds train.tsv.xz")
    prepare_pairs(options.data.resolve())
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for _ in range(options.rounds):
        for name, measured in figures.items():
            command = [
                sys.executable,
                str(Path(__file__).resolve()),
                "--child",
                name,
                "--updates",
                str(options.updates),
            ]
            ended = run(*command)
            measured.append(json.loads(ended.told.strip().splitlines()[-1]) | {"memory": ended.memory})
    print("| step | target tokens/s | of the step as it is | peak memory |\n|---|---:|---:|---:|")
    for name, measured in figures.items():
        share = median(a["speed"] / b["speed"] for a, b in zip(measured, figures[AS_IS], strict=True))
        speed, memory = (median(figure[field] for figure in measured) for field in ("speed", "memory"))
        print(f"| {name} | {speed:,.0f} | {share:.2f} | {memory:.1f} GB |")
    return None


if __name__ == "__main__":
    main()
