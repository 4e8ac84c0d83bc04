"""What `seq2seq evaluate` costs beside sacreBLEU's own command, on the same files.

    python benchmarks/evaluation_cost.py DATA [--rounds 5]

Scores the Tatoeba test set (16,583 lines), some words of its references changed, with BLEU and chrF2, by the two
commands in turn. Prints the median time of each and, last, `ratio R`; writes both to results/evaluation_cost.txt.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULT = Path(__file__).parent / "results" / "evaluation_cost.txt"


def seconds(*command: object) -> float:
    """How long a command takes."""
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    reference = options.data / "test" / "tatoeba-test-v2021-08-07.es"
    peer = shutil.which("sacrebleu", path=str(Path(sys.executable).parent)) or "sacrebleu"
    with tempfile.TemporaryDirectory() as folder:
        hypotheses = Path(folder) / "hypotheses"
        hypotheses.write_text(reference.read_text(encoding="utf-8").replace(" la ", " el "), encoding="utf-8")
        theirs, ours = [], []
        for _ in range(options.rounds):
            theirs.append(seconds(peer, reference, "-i", hypotheses, "-m", "bleu", "chrf"))
            ours.append(seconds(sys.executable, "-m", "seq2seq", "evaluate", "--hyp", hypotheses, "--ref", reference))
    medians = statistics.median(theirs), statistics.median(ours)
    report = f"sacrebleu {medians[0]:.2f} s, seq2seq evaluate {medians[1]:.2f} s\nratio {medians[1] / medians[0]:.2f}"
    RESULT.write_text(f"{report}\n", encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
