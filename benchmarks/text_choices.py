"""What the choices of the text bring for the model that ships: each variation, and leaving out unlikely pairs.

    python benchmarks/text_choices.py DATA [--jobs 2] [--only NAME ...]

DATA holds train.tsv.xz and dev/ (see data/README.md). On a small scale: every eighth pair of the collected text, with
the weights of data/recipes/en-es.toml and an eighth of the variations, and networks of three million parameters. The
first run has all of that; in each other run one variation is missing, or all are, or the pairs that the first run's
model finds unlikeliest (`seq2seq score`); or there are words with their translations, as counting finds them. Each is a
run of the real command with one thread, --jobs of them side by side; all have as many updates. Scored greedily on the
dev sets, and on sentences of theirs that are changed in the ways of the variations. Runs are kept in runs/text; those
that are there are not made again. Prints the table of all there are and writes it to
benchmarks/results/text_choices.md.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import shutil
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product
from pathlib import Path

from quality_per_minute import ROOT, seq2seq, told

from seq2seq.config import read_recipe

sys.path.append(str(ROOT / "data" / "recipes"))
from variations import ONE, SHARES, Pair, joined, variations

RUNS = ROOT / "runs" / "text"
RESULT = ROOT / "benchmarks" / "results" / "text_choices.md"
EVERY = 8  # of the collected pairs, one in so many
UPDATES = 2000
CHANGED = 500  # sentences of dev for each variation, at most
ALL, NONE = "all", "no variation"
DROPPED = {"without the unlikeliest 5 %": 0.05, "without the unlikeliest 15 %": 0.15}  # of what people wrote
WORDS = "with words of their own"
FREQUENT, LIKELY = 5, 0.5  # such words: how often each stands there, and Dice's coefficient with its translation
VARIANTS = (ALL, f"{ALL}, seed 2", NONE, *(f"without {name}" for name in SHARES), *DROPPED, WORDS)
SETTINGS = """
[tokenizer]
vocab_size = 6000
[model]
width = 256
encoder_layers = 2
decoder_layers = 1
heads = 4
dropout = 0.1
word_dropout = 0.05
[training]
batch_tokens = 1024
learning_rate = 2e-3
warmup_steps = 300
label_smoothing = 0.1
ema_decay = 0.995
validate_every = 1000000
save_every = 1000
[[data.dev]]
corpus = "tatoeba"
split = "dev"
"""


def read_pairs(path: Path) -> list[tuple[str, ...]]:
    """The rows of a table of source, target, and where they are from."""
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as file:
        return [tuple(line.rstrip("\n").split("\t")) for line in file]


def write_table(path: Path, rows: list[tuple[str, ...]]) -> None:
    """Lines of columns."""
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def prepare(data: Path) -> None:
    """Writes the text, its variations, and the dev sentences: text.tsv, variations.tsv, dev.{src,ref,set}."""
    RUNS.mkdir(parents=True, exist_ok=True)
    rows = read_pairs(data / "train.tsv.xz")
    text, unseen = rows[::EVERY], [row[:2] for row in rows[1::EVERY]]
    write_table(RUNS / "text.tsv", text)
    everyday = [(src, tgt) for src, tgt, source in text if source == "tatoeba"]
    other = [(src, tgt) for src, tgt, source in text if source != "tatoeba" and len(src) < 200]
    shares = {name: share // EVERY for name, share in SHARES.items()}
    write_table(RUNS / "variations.tsv", list(variations(everyday, other, shares)))
    tatoeba, mixed = (
        [row[:2] for row in read_pairs(data / "dev" / f"{name}-dev.tsv")] for name in ("tatoeba", "mixed")
    )
    sides = ((data / "dev" / f"flores200-dev.{side}").read_text("utf-8").split("\n")[:-1] for side in ("en", "es"))
    sets = {"Tatoeba": tatoeba, "mixed": mixed, "FLORES": list(zip(*sides, strict=True))}
    sets |= {name: changed(name, [*tatoeba, *mixed], unseen) for name in SHARES}
    known = {row[0] for row in text}
    sets["words"] = [row for row in dict(unseen).items() if len(row[0].split()) == 1 and row[0] not in known][:CHANGED]
    write_table(RUNS / "words.tsv", words(everyday + other))
    for column, suffix in enumerate(("src", "ref")):
        lines = [pair[column] for pairs in sets.values() for pair in pairs]
        (RUNS / f"dev.{suffix}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    names = "".join(f"{name}\n" * len(pairs) for name, pairs in sets.items())
    (RUNS / "dev.set").write_text(names, encoding="utf-8")


def changed(name: str, dev: list[Pair], unseen: list[Pair]) -> list[Pair]:
    """Sentences that lend themselves to the variation, changed by it: dev's, then of text that is not trained on."""
    draw = random.Random(name)
    pairs = [*draw.sample(dev, len(dev)), *draw.sample(unseen, len(unseen))]
    found = (joined(dev, draw) if name == "joined" else ONE[name](pair, draw) for pair in pairs)
    return list(islice((pair for pair in found if pair is not None), CHANGED))


def words(pairs: list[Pair]) -> list[tuple[str, ...]]:
    """Words that are each other's likeliest translation, by the pairs in which they stand."""
    together: Counter[Pair] = Counter()
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for pair in pairs:
        src, tgt = (set(re.findall(r"[^\W\d_]{2,}", side)) for side in pair)
        if len(src) <= 12:
            counts[0].update(src)
            counts[1].update(tgt)
            together.update(product(src, tgt))
    best: tuple[dict[str, tuple[float, str]], ...] = ({}, {})
    for (src, tgt), count in together.items():
        dice = 2 * count / (counts[0][src] + counts[1][tgt])
        best[0][src] = max(best[0].get(src, (0.0, "")), (dice, tgt))
        best[1][tgt] = max(best[1].get(tgt, (0.0, "")), (dice, src))
    likely = {src: tgt for src, (dice, tgt) in best[0].items() if dice >= LIKELY and best[1][tgt][1] == src}
    return [(src, tgt, "words") for src, tgt in sorted(likely.items()) if counts[0][src] >= FREQUENT]


def recipe(name: str) -> str:
    """The recipe of the model that ships, on the small text, and changed as the variant's name says."""
    text = RUNS / (f"{name}.tsv" if name in DROPPED else "text.tsv")
    kept = [] if name == NONE else [one for one in SHARES if name != f"without {one}"]
    sources = read_recipe(ROOT / "data" / "recipes" / "en-es.toml")["data"]["train"]
    written = [source for source in sources if source.get("corpus") == "collected"]
    parts = [part(text, source["where"]["3"], source.get("weight", 1.0)) for source in written]
    parts += [part(RUNS / "variations.tsv", kept, 1.0)] if kept else []
    parts += [part(RUNS / "words.tsv", ["words"], 1.0)] if name == WORDS else []
    return "".join([SETTINGS, *parts])


def part(path: Path, kinds: list[str], weight: float) -> str:
    """A source of the recipe: rows of these kinds."""
    where = json.dumps(kinds)  # strings of JSON are strings of TOML
    return f"[[data.train]]\npath = {json.dumps(str(path))}\nwhere = {{ 3 = {where} }}\nweight = {weight}\n"


def drop_unlikely(share: float, path: Path) -> None:
    """Writes the text without the share of pairs that the first run's model finds unlikeliest, for a target token."""
    scored = RUNS / "scored.tsv"
    if not scored.exists():
        scored.write_text(told(seq2seq("score", "--model", RUNS / ALL, RUNS / "text.tsv"))[0], encoding="utf-8")
    text = read_pairs(RUNS / "text.tsv")
    likely = [float(row[0]) for row in read_pairs(scored)]
    bound = sorted(likely)[round(share * len(text))]
    write_table(path, [row for row, log_prob in zip(text, likely, strict=True) if log_prob >= bound])


def measure(name: str, data: Path) -> None:
    """Trains the variant, unless it was, and scores it; the figures are kept beside its run."""
    out, scores = RUNS / name, RUNS / f"{name}.json"
    if scores.exists():
        return
    if not (out / "model").exists():
        shutil.rmtree(out, ignore_errors=True)
        (RUNS / f"{name}.toml").write_text(recipe(name), encoding="utf-8")
        seed = ("--set", "training.seed=2") if "seed 2" in name else ()
        files = (RUNS / f"{name}.toml", "--data-dir", data, "--out", out)
        told(seq2seq("train", *files, "--steps", UPDATES, *seed))
    dev = ("--src", RUNS / "dev.src", "--ref", RUNS / "dev.ref", "--documents", RUNS / "dev.set")
    table = json.loads(told(seq2seq("evaluate", "--model", out, *dev, "--beam-size", 1, "--json"))[0])
    scores.write_text(json.dumps({one["name"]: one["bleu"][0] for one in table["documents"]}))
    print(name, scores.read_text(), file=sys.stderr)


def main() -> None:
    """Runs what is missing and writes the table of all there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", choices=VARIANTS, default=list(VARIANTS), metavar="NAME")
    options = parser.parse_args()
    data = options.data.resolve()
    if not (RUNS / "dev.set").exists():
        prepare(data)
    if set(options.only) & set(DROPPED):
        measure(ALL, data)  # whose model is asked
    for name in set(options.only) & set(DROPPED):
        drop_unlikely(DROPPED[name], RUNS / f"{name}.tsv")
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda name: measure(name, data), options.only))
    page = page_of_all()
    print(page)
    RESULT.write_text(page, encoding="utf-8")


def page_of_all() -> str:
    """The page of all that was measured."""
    sets = (RUNS / "dev.set").read_text("utf-8").split("\n")[:-1]
    columns = list(dict.fromkeys(sets))
    figures = {name: json.loads(path.read_text()) for name in VARIANTS if (path := RUNS / f"{name}.json").exists()}
    rows = [
        f"| {name} | "
        + " | ".join(f"**{row[one]:.1f}**" if name.endswith(f" {one}") else f"{row[one]:.1f}" for one in columns)
        + " |"
        for name, row in figures.items()
    ]
    return "\n".join(
        [
            f"""\
# What the choices of the text bring

On a small scale: every {EVERY}th pair of the collected text (with the weights of `data/recipes/en-es.toml`), an
{EVERY}th of the variations that `data/recipes/variations.py` makes, networks of three million parameters,
{UPDATES:,} updates of 1,024 tokens each. BLEU, greedily. The first three columns are dev sets as they are; each of the
others holds sentences of Tatoeba's and the mixed one (where those are few, of text that is not trained on, too),
changed by one variation; the last one, words alone of such text. Bold: what the variation that a row leaves out is for.
The second seed tells how far chance alone reaches. Made by `python benchmarks/text_choices.py`, one thread each.
""",
            f"| training text | {' | '.join(columns)} |",
            f"|---|{'---:|' * len(columns)}",
            *rows,
            f"| lines | {' | '.join(str(sets.count(one)) for one in columns)} |",
            "",
        ]
    )


if __name__ == "__main__":
    main()
