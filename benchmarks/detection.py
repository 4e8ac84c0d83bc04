"""How often the detectors are wrong: every flag on a translation by a person is a false alarm.

    python benchmarks/detection.py DATA

Looks at the references of all public test and development sets in DATA, prints the table with examples, and writes it
to benchmarks/results/detection.md. That each detector sees real failures is what tests/unit/test_detection.py holds.
"""

from __future__ import annotations

import sys
from pathlib import Path

from seq2seq.detection import COPY, LOOP, NUMBER, failures

RESULTS = Path(__file__).parent / "results"
FLAGS = (LOOP, COPY, NUMBER)
EXAMPLES = 4  # of each flag


def pairs(path: Path) -> list[tuple[str, str]]:
    """Sources and references of a set: a file of tabs, or two files."""
    if path.suffix == ".tsv":
        rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
        return [(row[0], row[1]) for row in rows]
    sides = (path.with_suffix(suffix).read_text(encoding="utf-8").splitlines() for suffix in (".en", ".es"))
    return list(zip(*sides, strict=True))


def main() -> None:
    """Counts, prints and writes."""
    data = Path(sys.argv[1])
    sets = sorted(
        [*data.glob("test/*.en"), *data.glob("dev/*.en"), *data.glob("dev/*.tsv")], key=lambda path: path.stem
    )
    rows, examples = [], {flag: [] for flag in FLAGS}
    for path in sets:
        known = pairs(path)
        found = [(flag, pair) for pair in known for flag in failures(*pair)]
        counts = [sum(name == flag for name, _ in found) for flag in FLAGS]
        rows.append(f"| {path.stem} | {len(known):,} | {' | '.join(f'{c} ({c / len(known):.2%})' for c in counts)} |")
        for flag, pair in found:
            examples[flag].append(pair)
    head = f"| references of | lines | {' | '.join(FLAGS)} |\n|---|---:|{'---:|' * len(FLAGS)}"
    parts = ["# False alarms of the detectors\n\nBy `python benchmarks/detection.py DATA`.", "\n".join([head, *rows])]
    for flag in FLAGS:
        shown = examples[flag][:: max(1, len(examples[flag]) // EXAMPLES)][:EXAMPLES]
        lines = [f"| {src} | {tgt} |" for src, tgt in shown]
        parts.append(
            "\n".join([f"## {flag}: {len(examples[flag]):,}\n", "| source | reference |", "|---|---|", *lines])
        )
    report = "\n\n".join(parts)
    (RESULTS / "detection.md").write_text(f"{report}\n", encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
