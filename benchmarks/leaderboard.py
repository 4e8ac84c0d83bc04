"""Every public test set that is there, and every system that can be had: who translates it how well.

    python benchmarks/leaderboard.py DATA [NAME…] [--minutes 10]

Translates DATA/test/*.en, or those that are named, by the model that ships, greedily and with beam 4, and by Apertium
where it is installed (Debian's apertium-eng-spa); scores them against the .es beside, with intervals and the p-value of
each difference to the first; sets what is published beside it; and writes benchmarks/results/leaderboard.md.

With --minutes the presets tiny and small and OpenNMT-py 3.5.1's LSTM are trained for so long each, on the Tatoeba
pairs of DATA/train.tsv.xz, one after the other on all cores, and translate as well, with beam 4. What was trained is
kept under runs/ and not trained again. OpenNMT-py has the sizes of small, an equal tokenizer and batches of as many
tokens, and no validation; its time is that of its updates, without reading and starting, and ours has the validation
in it. The preset base is left out: its batches are a GPU's, and two cores see thirty of them in ten minutes.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from peers import PEER, ROOT, WORK, opennmt_python, prepare_pairs, run, train_opennmt, translate_opennmt

from seq2seq.evaluation import compare
from seq2seq.locations import pretrained
from seq2seq.report.systems import score_table
from seq2seq.report.tables import Table, as_markdown
from seq2seq.tokenizer import Tokenizer
from seq2seq.translator import Translator

System = Callable[[list[str]], list[str]]

PAGE = Path(__file__).parent / "results" / "leaderboard.md"
PUBLISHED = {  # BLEU, chrF2: https://huggingface.co/Helsinki-NLP/opus-mt-tc-big-en-es, benchmark_results.txt
    "tatoeba-test-v2021-08-07": (57.2, 73.9),
    "flores101-devtest": (28.5, 56.4),
    "newstest2012": (39.5, 63.0),
}
INTRODUCTION = """\
# Who translates English to Spanish how well

By `python benchmarks/leaderboard.py {arguments}`: the model that ships, Apertium's rules,
{trained}and beside them what the authors of OPUS-MT publish of their transformer-big (opus-mt-tc-big-en-es), which was
not run here. sacreBLEU on plain text, with 95 % intervals; p is of the difference to the first system.
"""
TRAINED = """\
the presets tiny and small and OpenNMT-py's LSTM of small's layers and width with a vocabulary of 8,000, each
after {minutes:g} minutes of training on two cores and Tatoeba's pairs (base needs a GPU, or a night),
"""
BATCH_TOKENS, TIMED = 1024, 100  # of OpenNMT-py: the preset's; updates that tell how many fit in the time


def apertium(lines: list[str]) -> list[str]:
    """By rules."""
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(["apertium", "-u", "eng-spa"], input=text, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def ours(model: Path, beam_size: int) -> System:
    """One of our models."""
    translator = Translator.load(model)
    return lambda lines: translator.translate(lines, beam_size=beam_size)


def preset(name: str, data: Path, minutes: float) -> System:
    """One of our presets, trained unless it was."""
    out = ROOT / "runs" / f"leaderboard-{name}-{minutes:g}"
    corpora = ("--data", "tatoeba", "--dev", "tatoeba:dev", "--data-dir", data)
    if not (out / "model").exists():
        run(sys.executable, "-m", "seq2seq", "train", "--preset", name, *corpora, "--out", out, "--minutes", minutes)
    return ours(out, 4)


def opennmt(data: Path, minutes: float) -> System:
    """OpenNMT-py's LSTM, trained unless it was."""
    prepare_pairs(data)
    python, out = opennmt_python(), PEER / f"leaderboard-{minutes:g}"
    tokenizer = Tokenizer.load(WORK / "data" / "spm.model")
    numbers = {piece: number for number, piece in enumerate(tokenizer.pieces(range(len(tokenizer))))}
    if not list(out.glob("model_step_*.pt")):
        timed = train_opennmt(python, out / "timed", TIMED, TIMED // 2, batch_tokens=BATCH_TOKENS)
        before, after = (float(seconds) for seconds in re.findall(r"; +(\d+) sec;", timed.told)[-2:])
        updates = round(minutes * 60 / (after - before) * TIMED / 2)
        train_opennmt(python, out, updates, TIMED, batch_tokens=BATCH_TOKENS)
    [model] = out.glob("model_step_*.pt")

    def translate(lines: list[str]) -> list[str]:
        src, tgt = WORK / "leaderboard.pieces", WORK / "leaderboard.es"
        pieces = (" ".join(tokenizer.pieces(ids)) for ids in tokenizer.encode_batch(lines))
        src.write_text("".join(f"{line}\n" for line in pieces), encoding="utf-8")
        translate_opennmt(python, model, src, tgt, beam_size=4, batch_size=64)
        said = tgt.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        return [tokenizer.decode([numbers[piece] for piece in line.split() if piece in numbers]) for line in said]

    return translate


def systems(data: Path, minutes: float) -> dict[str, System]:
    """All that can be had, by name."""
    found: dict[str, System] = {"Apertium eng-spa": apertium} if shutil.which("apertium") else {}
    if minutes:
        found[f"OpenNMT-py 3.5.1, {minutes:g} min, beam 4"] = opennmt(data, minutes)
        found |= {f"preset {name}, {minutes:g} min, beam 4": preset(name, data, minutes) for name in ("tiny", "small")}
    return found | {f"seq2seq, {name}": ours(pretrained(), size) for name, size in (("greedy", 1), ("beam 4", 4))}


def table(src: Path, found: dict[str, System]) -> Table:
    """The scores on a test set, and what is published."""
    lines, references = (
        file.read_text(encoding="utf-8").removesuffix("\n").split("\n") for file in (src, src.with_suffix(".es"))
    )
    scores = compare({name: translate(lines) for name, translate in found.items()}, references)
    measured = score_table(scores, list(scores))
    rows = list(measured.rows)
    if src.stem in PUBLISHED:
        bleu, chrf = PUBLISHED[src.stem]
        rows.append(("OPUS-MT, published", f"{bleu}", "", f"{chrf}", ""))
    return Table(f"{src.stem}, {len(references):,} lines", measured.columns, tuple(rows), measured.notes)


def main() -> None:
    """Measures and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("names", nargs="*", help="test sets, all by default")
    parser.add_argument("--minutes", type=float, default=0.0, help="train tiny, small and OpenNMT-py for so long each")
    given = parser.parse_args()
    data, minutes = given.data.resolve(), given.minutes
    files = [data / "test" / f"{name}.en" for name in given.names] or sorted((data / "test").glob("*.en"))
    found, tables = systems(data, minutes), []
    for src in files:
        tables.append(as_markdown(table(src, found)))
        print(tables[-1], flush=True)
    arguments = " ".join(["DATA", *given.names, *([f"--minutes {minutes:g}"] if minutes else [])])
    trained = TRAINED.format(minutes=minutes) if minutes else ""
    introduction = INTRODUCTION.format(arguments=arguments, trained=trained)
    PAGE.write_text("\n\n".join([introduction.rstrip(), *tables]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
