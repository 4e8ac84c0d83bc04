"""How good a preset is on Tatoeba: scores, training curve and samples.

    seq2seq train --preset small --minutes 60 --data tatoeba --dev tatoeba:dev --data-dir DATA --out runs/small
    python benchmarks/tatoeba.py runs/small DATA [MACHINE]

Translates tatoeba-test-v2021-08-07 greedily and with beam 4, prints the table and writes
benchmarks/results/tatoeba-NAME.md and the run's log beside it. MACHINE says what it was trained on.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from pathlib import Path
from random import Random

from sacrebleu.metrics import CHRF

from seq2seq.corpus import Corpus
from seq2seq.evaluation import Score, evaluate
from seq2seq.translator import Translator

RESULTS = Path(__file__).parent / "results"
TEST_SET = "tatoeba-test-v2021-08-07"
SAMPLES = 12  # of each kind
WORD = re.compile(r"[\w']+")


def translate(translator: Translator, src: list[str], beam_size: int) -> tuple[list[str], float]:
    """The translations, and sentences a second."""
    began = time.perf_counter()
    hypotheses = translator.translate(src, beam_size=beam_size)
    return hypotheses, len(src) / (time.perf_counter() - began)


def score_rows(name: str, hypotheses: list[str], references: list[str], speed: float) -> tuple[str, list[Score]]:
    """A row of the table, and the scores in it."""
    scores = evaluate(hypotheses, references)
    bleu, chrf = (score.value for score in scores)
    return f"| {name} | {bleu:.2f} | {chrf:.2f} | {speed:,.0f} |", scores


def by_words(run: Path, src: list[str], hypotheses: list[str], references: list[str]) -> str:
    """The scores of sentences whose words all stand in the sources that were trained on, and of the others."""
    corpus = Corpus.open(run / "data" / "pairs.arrow")
    trained_on = {word for line in corpus.texts(range(len(corpus)))[0] for word in WORD.findall(line.lower())}
    rows: dict[str, list[int]] = {"seen in training, all of them": [], "some of them not seen": []}
    for row, line in enumerate(src):
        rows[list(rows)[not trained_on.issuperset(WORD.findall(line.lower()))]].append(row)
    lines = ["| words of the source | lines | BLEU | chrF |", "|---|---:|---:|---:|"]
    for name, chosen in rows.items():
        scores = evaluate([hypotheses[row] for row in chosen], [references[row] for row in chosen])
        lines.append(f"| {name} | {len(chosen):,} | {scores[0].value:.2f} | {scores[1].value:.2f} |")
    return "\n".join(lines)


def samples(src: list[str], references: list[str], hypotheses: list[str]) -> str:
    """Random sentences, and the worst and the best of a random thousand by chrF."""
    rows = Random(1).sample(range(len(src)), 1000)
    metric = CHRF()
    ranked = sorted(rows, key=lambda row: metric.sentence_score(hypotheses[row], [references[row]]).score)
    ranked_long = [row for row in ranked if len(src[row].split()) > 5]
    kinds = {
        "Taken at random": rows[:SAMPLES],
        "The worst of a thousand": ranked[:SAMPLES],
        "The best of a thousand, of more than five words": ranked_long[-SAMPLES:],
    }
    parts = []
    for title, chosen in kinds.items():
        lines = [f"| {src[row]} | {references[row]} | {hypotheses[row]} |" for row in chosen]
        parts.append("\n".join([f"### {title}\n", "| source | reference | translation |", "|---|---|---|", *lines]))
    return "\n\n".join(parts)


def curve(log: Path) -> str:
    """The validations of a run's log as a table, and its speed."""
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    progress = {event["step"]: event for event in events if event["event"] == "progress"}
    titles = ["step", "epoch", "minutes", "target tokens", "training nll", "dev BLEU (greedy)", "dev chrF"]
    lines = [f"| {' | '.join(titles)} |", "|---:" * len(titles) + "|"]
    tokens = 0
    for event in events:
        if event["event"] == "progress":
            tokens += event["tokens"]
        if event["event"] == "validation":
            before = max((step for step in progress if step <= event["step"]), default=None)
            done = "0.0 | 0.0 | 0.0 M | –"  # of a run that starts from a model, before its first update
            if before is not None:
                at = progress[before]
                done = f"{at['epoch']:.1f} | {at['seconds'] / 60:.1f} | {tokens / 1e6:.1f} M | {at['nll']:.3f}"
            lines.append(f"| {event['step']} | {done} | {event['bleu']:.2f} | {event['chrf']:.2f} |")
    return "\n".join(lines)


def main(run: Path, data: Path, machine: str = "") -> None:
    """Scores the run's model and writes the page."""
    src, references = (
        (data / "test" / f"{TEST_SET}.{side}").read_text(encoding="utf-8").splitlines() for side in ("en", "es")
    )
    translator = Translator.load(run)
    greedy, greedy_speed = translate(translator, src, 1)
    beam, beam_speed = translate(translator, src, 4)
    greedy_row, scores = score_rows("greedy", greedy, references, greedy_speed)
    beam_row, _ = score_rows("beam 4", beam, references, beam_speed)
    table = "\n".join(["| search | BLEU | chrF | sentences/s |", "|---|---:|---:|---:|", greedy_row, beam_row])
    print(table)
    page = f"""\
# The preset {run.name} on Tatoeba

Scores on {TEST_SET} ({len(src):,} lines), made by `python benchmarks/tatoeba.py`:

{table}

With beam 4, by whether the words stand in the text that was trained on:

{by_words(run, src, beam, references)}

{chr(10).join(f"- {score.name}: `{score.signature}`" for score in scores)}

## Training

{f"On {machine}." if machine else ""}

{curve(run / "log.jsonl")}

The configuration:

```toml
{(run / "config.toml").read_text(encoding="utf-8").strip()}
```

## Samples, beam 4

{samples(src, references, beam)}
"""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"tatoeba-{run.name}.md").write_text(page, encoding="utf-8")
    shutil.copy(run / "log.jsonl", RESULTS / f"tatoeba-{run.name}.jsonl")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
