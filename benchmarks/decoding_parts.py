"""Where the time of a translation goes: each part's own share, and what the processor would allow.

    python benchmarks/decoding_parts.py DATA [MODEL] [--lines 1500] [--alone 150] [--rounds 3]

DATA holds test/ (see data/README.md); MODEL is a model directory, else the model that ships. Tatoeba's first sentences,
in batches and one at a time, greedily and with beam 4, with the precision that is chosen by default. A part's time is
that within its functions without that within other parts; the round is shown whose whole is the median. Below stand
the calls of torch in a step, and the bytes and products of a step beside what this processor reads and multiplies.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from seq2seq import decoding, search
from seq2seq.attention import MultiHeadAttention
from seq2seq.cells import Recurrent
from seq2seq.locations import pretrained
from seq2seq.model import Seq2Seq
from seq2seq.translator import Translator

TEST_SET = "tatoeba-test-v2021-08-07.en"
PARTS: list[tuple[str, Any, str]] = [
    ("encoding", Seq2Seq, "encode"),
    ("the decoder's cells", Recurrent, "step"),
    ("the decoder's attention", MultiHeadAttention, "forward"),
    ("the rest of the decoder: embeddings, norms, sums", Seq2Seq, "advance"),
    ("output and softmax", Seq2Seq, "log_probs"),
    ("rows that go on", Seq2Seq, "select"),
    ("choosing", decoding, "_search"),
]
TEXT = "text: sentences, pieces, checks"


class Clock:
    """Seconds by part; what is called within another part is not counted there."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.steps = 0
        self._within = [0.0]  # of the calls that are open: the seconds of parts inside them

    def watch(self, part: str, owner: Any, name: str) -> None:
        """Counts the time within a function of a class or module as that of a part."""
        function: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **options: Any) -> Any:
            self.steps += name == "log_probs"
            self._within.append(0.0)
            began = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                whole = time.perf_counter() - began
                self.seconds[part] += whole - self._within.pop()
                self._within[-1] += whole

        setattr(owner, name, timed)


def table(translator: Translator, lines: list[str], clock: Clock, beam_size: int, rounds: int) -> str:
    """Each part's share of translating the lines, of the median round."""
    translator.translate(lines, beam_size=beam_size)  # kernels are made for each shape
    measured = []
    for _ in range(rounds):
        clock.seconds.clear()
        clock.steps = 0
        began = time.perf_counter()
        translator.translate(lines, beam_size=beam_size)
        whole = time.perf_counter() - began
        measured.append((whole, dict(clock.seconds) | {TEXT: whole - sum(clock.seconds.values())}, clock.steps))
    whole, seconds, steps = sorted(measured, key=lambda one: one[0])[len(measured) // 2]
    rows = [f"| {part} | {own / whole:.0%} | {own / steps * 1e3:.2f} |" for part, own in seconds.items()]
    told = f"{len(lines) / whole:,.1f} sentences/s, {steps / len(lines):.2f} steps a sentence"
    return "\n".join([told, "| part | share | ms a step |", "|---|---:|---:|", *rows])


def calls_of_a_step(model: Seq2Seq, ids: torch.Tensor) -> int:
    """Calls of torch that a step of one row makes, those inside other calls not counted."""
    counted = []
    for limit in (1, 2):  # tokens: one step more
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            [found] = search.greedy(model, ids, torch.tensor([ids.size(1)]), [limit])
        assert len(found.ids) == limit, "a sentence that does not end so soon"
        counted.append(sum(event.cpu_parent is None for event in profile.events()))
    return counted[1] - counted[0]


def megabytes_read(model: Seq2Seq) -> float:
    """Of weights in 8 bits that a step multiplies with: LSTM cells and multi-head attention, and the output."""
    assert model.product is not None, "another precision than int8 was chosen here"
    width = model.tgt_embedding.weight.size(1)
    layers = len(list(model.decoder.layers))
    return (layers * (2 * 4 * width + 2 * width) * width + model.tgt_embedding.weight.numel()) / 1e6


def rate(run: Callable[[], object], amount: float) -> float:
    """The most of an amount a second, of twenty runs."""
    best = 0.0
    for _ in range(20):
        began = time.perf_counter()
        run()
        best = max(best, amount / (time.perf_counter() - began))
    return best


def main() -> None:
    """The tables, and the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("model", type=Path, nargs="?", default=pretrained())
    parser.add_argument("--lines", type=int, default=1500)
    parser.add_argument("--alone", type=int, default=150, help="sentences that are translated one at a time")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    lines = (options.data / "test" / TEST_SET).read_text(encoding="utf-8").splitlines()[: options.lines]
    together, alone = Translator.load(options.model), Translator.load(options.model, batch_size=1)
    model = alone.models[0]
    ids = torch.tensor([alone.src_tokenizer.encode(lines[0])])
    calls = calls_of_a_step(model, ids)
    clock = Clock()
    for part in PARTS:
        clock.watch(*part)
    for title, translator, some in (("in batches", together, lines), ("one at a time", alone, lines[: options.alone])):
        for name, beam_size in (("greedy", 1), ("beam 4", 4)):
            print(f"\n{name}, {title}: {table(translator, some, clock, beam_size, options.rounds)}", flush=True)
    read = megabytes_read(model)
    memory = torch.ones(500_000_000, dtype=torch.float32)  # more than any cache holds
    square = torch.randn(2048, 2048).bfloat16()
    print(f"\na step of one row, greedily: {calls} calls of torch")
    print(f"weights of a step: {read:.1f} MB; products: {2 * read / 1e3:.3f} GFLOP a row")
    print(f"this processor reads {rate(memory.sum, memory.numel() * 4e-9):,.0f} GB/s from memory", end=" ")
    print(f"and multiplies bf16 at {rate(lambda: square @ square, 2 * 2048**3 * 1e-9):,.0f} GFLOP/s")


if __name__ == "__main__":
    main()
