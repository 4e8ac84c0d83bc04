"""A long job, undisturbed and killed ten times: are the bytes the same, how fast is it, what memory does it take?

    python benchmarks/interrupted_job.py DATA [--lines 1000000] [--kills 10] [--options "--beam-size 1"]

The input is the Tatoeba test set and newstest2012 over and over, with line numbers, so that no line comes twice. Each
kill is SIGKILL for the command and its processes, at a random moment; then it goes on with --resume. Memory is the sum
of what the command's processes have resident, libraries counted in each, at its highest; for comparison also on the
first 10,000 lines. Writes benchmarks/results/interrupted_job.txt; its last line is `same True` or `same False`.
"""

from __future__ import annotations

import argparse
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "runs" / "interrupted"
RESULT = ROOT / "benchmarks" / "results" / "interrupted_job.txt"
SETS = ("tatoeba-test-v2021-08-07", "newstest2012")
FEW = 10_000  # lines, for comparison


@dataclass
class Ended:
    """How a run of the command ended: seconds, peak memory in MB, and was it killed?"""

    seconds: float
    memory: float
    killed: bool


def translate(source: Path, target: Path, options: list[str], *extra: str, kill_after: float | None = None) -> Ended:
    """Runs the command, in a process group of its own, until it ends or the time is up."""
    command = [sys.executable, "-m", "seq2seq", "translate", "--input", source, "--output", target, *options, *extra]
    began, memory = time.perf_counter(), 0.0
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    while process.poll() is None:
        time.sleep(0.2)
        memory = max(memory, resident(process.pid))
        if kill_after is not None and time.perf_counter() - began > kill_after:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return Ended(time.perf_counter() - began, memory, killed=True)
    assert process.returncode == 0, process.returncode
    return Ended(time.perf_counter() - began, memory, killed=False)


def resident(group: int) -> float:
    """MB that the processes of a group have in memory."""
    told = subprocess.run(["ps", "-o", "rss=", "-g", str(group)], capture_output=True, text=True, check=False)
    return sum(map(int, told.stdout.split())) / 1024


def main() -> None:
    """Prepares, runs, compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--options", default="--beam-size 1")
    given = parser.parse_args()
    options, told = shlex.split(given.options), [f"{given.lines:,} lines, options {given.options}"]
    WORK.mkdir(parents=True, exist_ok=True)
    for left in WORK.iterdir():
        left.unlink()
    texts = [line for name in SETS for line in (given.data / "test" / f"{name}.en").read_text("utf-8").splitlines()]
    numbered = [f"{number}. {line}\n" for number, line in enumerate(islice(cycle(texts), given.lines), start=1)]
    (WORK / "all.en").write_text("".join(numbered), encoding="utf-8")
    (WORK / "few.en").write_text("".join(numbered[:FEW]), encoding="utf-8")

    def tell(line: str) -> None:
        told.append(line)
        print(line, flush=True)

    few = translate(WORK / "few.en", WORK / "few.es", options)
    tell(f"{FEW:,} lines: {few.seconds:.0f} s, peak {few.memory:,.0f} MB")
    whole = translate(WORK / "all.en", WORK / "all.es", options)
    tell(f"undisturbed: {whole.seconds:.0f} s, {given.lines / whole.seconds:,.0f} lines/s, peak {whole.memory:,.0f} MB")
    draw, killed, seconds = random.Random(1), 0, 0.0
    while True:
        left = draw.uniform(0.3, 1.2) * whole.seconds / (given.kills + 1) if killed < given.kills else None
        ended = translate(WORK / "all.en", WORK / "killed.es", options, "--resume", kill_after=left)
        killed, seconds = killed + ended.killed, seconds + ended.seconds
        if not ended.killed:
            break
    tell(f"killed {killed} times and resumed: {seconds:.0f} s in all")
    same = (WORK / "all.es").read_bytes() == (WORK / "killed.es").read_bytes()
    lines = (WORK / "killed.es").read_bytes().count(b"\n")
    tell(f"{lines:,} lines out")
    tell(f"same {same and lines == given.lines}")
    RESULT.write_text("\n".join(told) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
