"""Seals the model that ships, measures it, and writes its card.

    make pretrained DATA=…       trains first; this is its last step
    python benchmarks/pretrained.py RUN DATA

Stores the run's weights in 8 bits in seq2seq/pretrained/, and with that model translates the three test sets,
greedily and with beam 4. Writes scores, also by length of the source, what the detector found, and a hundred random
translations of each domain to benchmarks/results/pretrained/, with the run's log and configuration. The card names
every source with its licence, from DATA/sources.tsv.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tatoeba import curve

from seq2seq import bundle
from seq2seq.evaluation import evaluate
from seq2seq.locations import pretrained
from seq2seq.translation import Translation
from seq2seq.translator import Translator

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "pretrained"
SETS = {
    "Tatoeba (everyday)": "test/tatoeba-test-v2021-08-07",
    "FLORES-101 devtest (encyclopaedia, news, travel)": "test/flores101-devtest",
    "newstest2012 (news)": "test/newstest2012",
}
MIXED = "everything else that it learned from (dev)"
LENGTHS = ((1, 5), (6, 10), (11, 20), (21, 30), (31, 10_000))  # words of the source
SAMPLES = 100
GOOD_AND_BAD = ROOT / "data" / "recipes" / "en-es.md"


def read_sets(data: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Sources and references by the set's name."""
    sets = {}
    for name, path in SETS.items():
        src, ref = ((data / f"{path}.{side}").read_text(encoding="utf-8").splitlines() for side in ("en", "es"))
        sets[name] = (src, ref)
    return sets


def bleu(found: Sequence[Translation], references: Sequence[str]) -> tuple[float, float]:
    """BLEU and chrF2 of the best translations."""
    scores = evaluate([translation.text for translation in found], list(references))
    return scores[0].value, scores[1].value


def by_length(src: list[str], found: Sequence[Translation], references: list[str]) -> str:
    """BLEU for sources of so many words, cell by cell."""
    cells = []
    for low, high in LENGTHS:
        rows = [row for row, source in enumerate(src) if low <= len(source.split()) <= high]
        score = bleu([found[row] for row in rows], [references[row] for row in rows])[0] if rows else 0.0
        cells.append(f"{score:.1f} ({len(rows):,})" if rows else "–")
    return " | ".join(cells)


def flagged(found: Sequence[Translation]) -> str:
    """How many lines have each flag."""
    flags = Counter(flag for translation in found for flag in translation.flags)
    return ", ".join(f"{flag} {count}" for flag, count in sorted(flags.items())) or "none"


def measure(translator: Translator, sets: dict[str, tuple[list[str], list[str]]]) -> tuple[str, dict[str, list[str]]]:
    """The page of scores, and the translations with beam 4 by the set's name."""
    rows, lengths, flags, texts = [], [], [], {}
    for name, (src, references) in sets.items():
        greedy = list(translator.stream(src, beam_size=1))
        beam = list(translator.stream(src, beam_size=4))
        scores = [*bleu(greedy, references), *bleu(beam, references)]
        rows.append(f"| {name} | {len(src):,} | " + " | ".join(f"{score:.2f}" for score in scores) + " |")
        print(rows[-1], flush=True)
        lengths.append(f"| {name} | {by_length(src, beam, references)} |")
        flags.append(f"| {name} | {flagged(beam)} |")
        texts[name] = [translation.text for translation in beam]
    signatures = [score.signature for score in evaluate(["a"], ["a"])]
    words = " | ".join(f"{low}–{high}" if high < 1000 else f"{low} and more" for low, high in LENGTHS)
    page = "\n".join(
        [
            "| test set | lines | BLEU greedy | chrF2 greedy | BLEU beam 4 | chrF2 beam 4 |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
            "",
            *(f"`{signature}`" for signature in signatures),
            "",
            "BLEU by words of the source, beam 4 (lines):",
            "",
            f"| test set | {words} |",
            "|---|" + "---:|" * len(LENGTHS),
            *lengths,
            "",
            "Lines that the detector of loops and copies found, beam 4:",
            "",
            "| test set | flags |",
            "|---|---|",
            *flags,
        ]
    )
    return page, texts


def samples(sets: dict[str, tuple[list[str], list[str]]], texts: dict[str, list[str]]) -> str:
    """A hundred random lines of each set, with their translations."""
    parts = ["# Random translations of the model that ships, beam 4"]
    for name, (src, references) in sets.items():
        rows = sorted(Random(1).sample(range(len(src)), min(SAMPLES, len(src))))
        lines = [f"| {src[row]} | {references[row]} | {texts[name][row]} |".replace("\n", " ") for row in rows]
        parts.append("\n".join([f"## {name}\n", "| source | reference | translation |", "|---|---|---|", *lines]))
    return "\n\n".join(parts) + "\n"


def sources(path: Path) -> str:
    """The sources as a table."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    columns = ("source", "pairs", "domain", "licence", "repository")
    lines = ["| " + " | ".join(row[column].replace("|", "/") for column in columns) + " |" for row in rows]
    return "\n".join(["| source | pairs | domain | licence | repository |", "|---|---:|---|---|---|", *lines])


def card(run: Path, data: Path, scores: str) -> str:
    """The model card: the run's own, with what was measured, and where the text is from."""
    own = (run / "model" / "README.md").read_text(encoding="utf-8")
    facts = own[own.index("## Model") : own.index("## Limits")].rstrip()
    return (
        GOOD_AND_BAD.read_text(encoding="utf-8").rstrip()
        + f"\n\n{facts}\n\n## Scores on test sets\n\nWeights of 8 bits, as they are here; none of these lines, nor "
        f"a near copy of one of news or FLORES, was trained on.\n\n{scores}\n\n## Text\n\nTrained on pairs from these "
        f"sources, each under its own licence:\n\n{sources(data / 'sources.tsv')}\n"
    )


def main(run: Path, data: Path) -> None:
    """Seals, measures, and seals again with the card."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    released = bundle.load(run)
    bundle.save(pretrained(), released, "", weights="int8")
    sets = read_sets(data)
    translator = Translator.load(pretrained())
    scores, texts = measure(translator, sets)
    bundle.save(pretrained(), released, card(run, data, scores), weights="int8")
    pairs = [line.split("\t")[:2] for line in (data / "dev" / "mixed-dev.tsv").read_text(encoding="utf-8").splitlines()]
    sets[MIXED] = ([src for src, _ in pairs], [tgt for _, tgt in pairs])
    texts[MIXED] = translator.translate(sets[MIXED][0])
    (RESULTS / "samples.md").write_text(samples(sets, texts), encoding="utf-8")
    page = f"# The model that ships\n\n{scores}\n\n## Training\n\n{curve(run / 'log.jsonl')}\n"
    (RESULTS / "scores.md").write_text(page, encoding="utf-8")
    for name in ("log.jsonl", "config.toml"):
        shutil.copy(run / name, RESULTS / name)
    print(json.dumps({"MB": sum(file.stat().st_size for file in pretrained().iterdir()) / 1e6}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
