"""What a corpus costs: peak memory and speed of cleaning, encoding and reading, by the number of pairs.

    python benchmarks/corpus_memory.py [--pairs 100000 5000000] [--folder DIRECTORY]

Each size runs in a process of its own on synthetic pairs. "rss" is the most that was resident at any time;
it counts pages of the memory-mapped corpus, which the system takes back when it needs them. "anonymous" is
what the process itself holds. Subwords are words here: a tokenizer would add its constant size.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

STEPS = {
    "start": "libraries loaded",
    "clean": "clean",
    "encode": "encode",
    "read": "read 64,000 random pairs",
}


class Words:
    """A tokenizer that turns a word into one of 8,000 ids."""

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        return [[zlib.crc32(word.encode()) % 8000 for word in text.split()] for text in texts]


def write_pairs(path: Path, n: int) -> None:
    """Tab-separated pairs of 3 to 25 made-up words a side; one in fifty is a duplicate."""
    rng = random.Random(1)
    syllables = [
        onset + vowel for onset in ("b", "ch", "d", "l", "ll", "m", "ñ", "p", "rr", "s", "t") for vowel in "aeiouáé"
    ]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(50_000)]
    with path.open("w", encoding="utf-8") as file:
        line = ""
        for _ in range(n):
            if not line or rng.random() > 0.02:
                length = rng.randint(3, 25)
                sides = (rng.choices(words, k=length), rng.choices(words, k=length))
                line = "\t".join(" ".join(side).capitalize() + "." for side in sides) + "\n"
            file.write(line)


class Peak:
    """The most anonymous memory seen since the last look, in MB, sampled a hundred times a second."""

    def __init__(self) -> None:
        self._highest = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._sample()
            time.sleep(0.01)

    def _sample(self) -> None:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        anonymous = next(line for line in status.splitlines() if line.startswith("RssAnon"))
        self._highest = max(self._highest, int(anonymous.split()[1]) / 1024)

    def take(self) -> float:
        self._sample()
        highest, self._highest = self._highest, 0.0
        return highest


def measure(file: Path) -> None:
    """Runs all steps on `file` and prints what they cost as JSON."""
    import numpy as np
    import pyarrow  # noqa: F401  (part of the start, not of cleaning)

    from seq2seq.config import CleaningConfig, Source
    from seq2seq.corpus import Corpus, clean, encode

    peak, costs = Peak(), []

    def note(step: str, since: float, pairs: int) -> None:
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        costs.append(
            {
                "step": step,
                "seconds": time.perf_counter() - since,
                "pairs": pairs,
                "rss": rss,
                "anonymous": peak.take(),
            }
        )

    start = time.perf_counter()
    note("start", start, 0)
    texts, report = clean([Source(path=str(file))], CleaningConfig(), file.parent / "texts.arrow")
    note("clean", start, report.read)

    start = time.perf_counter()
    encode(texts, Words(), Words(), 128, file.parent / "corpus.arrow")
    note("encode", start, len(texts))

    start = time.perf_counter()
    corpus = Corpus.open(file.parent / "corpus.arrow")
    rows = np.random.default_rng(1).integers(0, len(corpus), 64_000).tolist()
    tokens = sum(len(ids) for row in rows for ids in corpus.pair(row))
    assert tokens
    note("read", start, len(rows))
    print(json.dumps(costs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[100_000, 5_000_000])
    parser.add_argument("--folder", type=Path, help="where to put some GB for the time of the run")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure)
        return
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    print("| pairs | step | pairs/s | peak rss, MB | peak anonymous, MB |\n|---:|---|---:|---:|---:|")
    for n in arguments.pairs:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            file = Path(folder) / "pairs.tsv"
            write_pairs(file, n)
            command = [sys.executable, __file__, "--measure", str(file)]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        for cost in json.loads(done.stdout):
            speed = format(cost["pairs"] / cost["seconds"], ",.0f") if cost["pairs"] else "–"
            costs = f"{speed} | {cost['rss']:,.0f} | {cost['anonymous']:,.0f}"
            print(f"| {n:,} | {STEPS[cost['step']]} | {costs} |", flush=True)


if __name__ == "__main__":
    main()
