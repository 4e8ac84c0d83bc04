"""Is a translation the same in any batch, order and company, and what do fewer bits change?

    python benchmarks/decoding_same.py DATA [--model MODEL] [--sentences 5000]

Translates real sentences of three test sets with batches of 1, 7, 64 and 512 sentences and shuffled, in float32, with
greedy search and beam 4: every translation must be the same. In bf16 and 8 bits it counts how many change, over
batches and beside float32, and how BLEU does. It also counts how often the detector of loops, copies and numbers cries
wolf at the references. Writes benchmarks/results/decoding_same.txt; ends with `same True` or `same False`.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from seq2seq.evaluation import evaluate
from seq2seq.locations import pretrained
from seq2seq.translator import Translator

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "results" / "decoding_same.txt"
SETS = ("tatoeba-test-v2021-08-07", "newstest2012", "flores101-devtest")
BATCHES = (7, 64, 512)
SEARCHES = {"greedy": 1, "beam 4": 4}


def read_pairs(data: Path, name: str) -> list[tuple[str, str]]:
    """A test set's sources and references."""
    sides = [(data / "test" / f"{name}.{side}").read_text(encoding="utf-8").splitlines() for side in ("en", "es")]
    return list(zip(*sides, strict=True))


def translate(model: Path, precision: str, batch_size: int, lines: list[str], beam_size: int) -> list[str]:
    """The translations, all in one block, so that batches are of what is alike in length."""
    translator = Translator.load(model, precision=precision, batch_size=batch_size)
    return [found.text for found in translator.translate_block(lines, beam_size=beam_size, mend=False)]


def changed(one: list[str], other: list[str]) -> int:
    """How many lines differ."""
    return sum(left != right for left, right in zip(one, other, strict=True))


def main() -> None:
    """All comparisons, line by line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=pretrained())
    parser.add_argument("--sentences", type=int, default=5000)
    options = parser.parse_args()
    pairs = [pair for name in SETS for pair in read_pairs(options.data, name)]
    chosen = random.Random(1).sample(pairs, options.sentences)
    src, ref = [source for source, _ in chosen], [reference for _, reference in chosen]
    order = random.Random(2).sample(range(len(src)), len(src))
    told, same = [f"{len(src)} sentences of {', '.join(SETS)}"], True

    def tell(line: str) -> None:
        told.append(line)
        print(line, flush=True)

    for search, beam_size in SEARCHES.items():
        exact = translate(options.model, "fp32", 1, src, beam_size)
        bleu = evaluate(exact, ref)[0].value
        tell(f"{search}, fp32, one at a time: BLEU {bleu:.2f}")
        for size in BATCHES:
            differ = changed(translate(options.model, "fp32", size, src, beam_size), exact)
            same &= not differ
            tell(f"{search}, fp32, batches of {size}: {differ} differ")
        shuffled = translate(options.model, "fp32", 64, [src[row] for row in order], beam_size)
        differ = changed(shuffled, [exact[row] for row in order])
        same &= not differ
        tell(f"{search}, fp32, shuffled: {differ} differ")
        for precision in ("bf16", "int8"):
            found = translate(options.model, precision, 64, src, beam_size)
            over = changed(translate(options.model, precision, 7, src, beam_size), found)
            score = evaluate(found, ref)[0].value
            share = changed(found, exact) / len(src)
            tell(
                f"{search}, {precision}: {share:.2%} differ from fp32, BLEU {score:.2f} ({score - bleu:+.2f}); "
                f"{over} differ between batches of 64 and of 7"
            )
    tell(f"same {same}")
    RESULT.write_text("\n".join(told) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
