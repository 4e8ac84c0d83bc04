"""Write the sample corpus: train.tsv, dev.tsv and test.tsv beside this file.

python data/sample/generate.py            write the three files
python data/sample/generate.py --check    exit with 1 if the files differ from what would be written
"""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import being
import doing
import having
import ordering
import telling
from drawing import Draw, Pair, Sentence

HERE = Path(__file__).resolve().parent

SEED = 1605  # the first part of Don Quixote
SIZES = {"train": 6000, "dev": 300, "test": 500}
HELD_OUT = {"dev": 4, "test": 7}  # percent of word pairs kept out of training, for each split
SEEN = 6  # how often, at least, training shows each word form of dev and test
DRAWS = 40_000

KINDS = {
    doing.transitive: 26, doing.transitive_question: 9, doing.wh_question: 5, doing.what_question: 7,
    doing.who_question: 3, doing.intransitive: 9, doing.motion: 7, doing.daily: 6, doing.language: 5,
    doing.pronoun_object: 9, doing.antecedent: 6, doing.where_is_it: 4, doing.answer: 5, doing.giving: 6,
    doing.gave_it: 3, being.describing: 12, being.location: 7, being.existence: 5, being.profession: 5,
    being.whose: 6, being.comparing: 5, being.superlative: 3, being.liking: 8, being.aching: 2,
    ordering.order: 6, ordering.order_with_pronoun: 5, ordering.order_to_give: 4, ordering.order_daily: 2,
    ordering.exclamation: 4,
    having.feeling: 4, having.age: 2, having.naming: 2, having.weather: 3, having.hour: 3, having.price: 4,
    having.container: 4, telling.nothing: 4, telling.relative: 4, telling.reported: 3, telling.because: 3,
    telling.conditional: 3,
}  # fmt: skip


def draw_sentences() -> list[Sentence]:
    """Distinct sentences, in an order that SEED alone decides."""
    draw, drawn = Draw(SEED), dict[str, Sentence]()
    for _ in range(DRAWS):
        made = draw.weighted(KINDS)(draw)
        known = drawn.setdefault(made.en, made)
        assert known.es == made.es, f"two translations of {made.en!r}: {known.es!r}, {made.es!r}"
    return list(drawn.values())


def owner(pair: Pair) -> str:
    """The split that a word pair belongs to, by its hash."""
    at = int.from_bytes(hashlib.sha256(" | ".join(pair).encode()).digest()[:8], "big") % 100
    for split, share in HELD_OUT.items():
        if at < share:
            return split
        at -= share
    return "train"


def split_of(sentence: Sentence) -> str | None:
    """Where a sentence may go: a held-out pair takes it to its split, pairs of both nowhere."""
    owners = {owner(pair) for pair in sentence.pairs} - {"train"}
    if len(owners) > 1:
        return None
    return owners.pop() if owners else "train"


def word_forms(sentence: Sentence) -> list[str]:
    """Lower-cased words of both sides, marked by language."""
    return [
        f"{side}:{word.strip('¿?¡!.,')}"
        for side, text in (("en", sentence.en), ("es", sentence.es))
        for word in text.lower().split()
    ]


def splits() -> dict[str, list[Sentence]]:
    """The three splits; every word form of dev and test stands in train SEEN times or more."""
    made: dict[str, list[Sentence]] = {"train": [], "dev": [], "test": []}
    for sentence in draw_sentences():
        if split := split_of(sentence):
            made[split].append(sentence)
    made["train"] = made["train"][: SIZES["train"]]
    seen = Counter(form for sentence in made["train"] for form in word_forms(sentence))
    for split in ("dev", "test"):
        covered = [it for it in made[split] if all(seen[form] >= SEEN for form in word_forms(it))]
        made[split] = covered[: SIZES[split]]
    for split, size in SIZES.items():
        assert len(made[split]) == size, f"{split}: {len(made[split])} of {size} sentences"
    return made


def tsv(sentences: list[Sentence]) -> bytes:
    lines = "".join(f"{sentence.en}\t{sentence.es}\n" for sentence in sentences)
    return unicodedata.normalize("NFC", lines).encode("utf-8")


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    differing = []
    for split, sentences in splits().items():
        path, content = HERE / f"{split}.tsv", tsv(sentences)
        if not arguments:
            path.write_bytes(content)
            print(f"{path.name}: {len(sentences)} pairs")
        elif not path.exists() or path.read_bytes() != content:
            differing.append(path.name)
    for name in differing:
        print(f"{name} differs from what generate.py makes; run it without --check", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
