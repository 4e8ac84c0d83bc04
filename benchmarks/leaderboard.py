"""Every public test set that is there, and every system that can be had: who translates it how well.

    python benchmarks/leaderboard.py DATA
    python benchmarks/leaderboard.py DATA flores101-devtest newstest2012

Translates DATA/test/*.en by the model that ships, greedily and with beam 4, and by Apertium where it is installed
(Debian's apertium-eng-spa); scores them against the .es beside, with intervals and the p-value of each difference to
the first; sets what is published beside it; and writes benchmarks/results/leaderboard.md.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from seq2seq.evaluation import compare
from seq2seq.locations import pretrained
from seq2seq.report.systems import score_table
from seq2seq.report.tables import Table, as_markdown
from seq2seq.translator import Translator

PAGE = Path(__file__).parent / "results" / "leaderboard.md"
BEAMS = {"seq2seq, greedy": 1, "seq2seq, beam 4": 4}
PUBLISHED = {  # BLEU, chrF2: https://huggingface.co/Helsinki-NLP/opus-mt-tc-big-en-es, benchmark_results.txt
    "tatoeba-test-v2021-08-07": (57.2, 73.9),
    "flores101-devtest": (28.5, 56.4),
    "newstest2012": (39.5, 63.0),
}
INTRODUCTION = """\
# Who translates English to Spanish how well

By `python benchmarks/leaderboard.py {arguments}`: the model that ships, Apertium's rules, and beside them what the
authors of OPUS-MT publish of their transformer-big (opus-mt-tc-big-en-es), which was not run here. sacreBLEU on plain
text, with 95 % intervals; p is of the difference to the first system.
"""


def translate(src: Path) -> dict[str, list[str]]:
    """The translations of a file by system."""
    lines = src.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    systems = {}
    if shutil.which("apertium"):
        done = subprocess.run(["apertium", "-u", "eng-spa", src], capture_output=True, text=True, check=True)
        systems["Apertium eng-spa"] = done.stdout.splitlines()
    translator = Translator.load(pretrained())
    for name, beam_size in BEAMS.items():
        systems[name] = translator.translate(lines, beam_size=beam_size)
    return systems


def table(src: Path) -> Table:
    """The scores on a test set, and what is published."""
    references = src.with_suffix(".es").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    scores = compare(translate(src), references)
    measured = score_table(scores, list(scores))
    rows = list(measured.rows)
    if src.stem in PUBLISHED:
        bleu, chrf = PUBLISHED[src.stem]
        rows.append(("OPUS-MT, published", f"{bleu}", "", f"{chrf}", ""))
    return Table(f"{src.stem}, {len(references):,} lines", measured.columns, tuple(rows), measured.notes)


def main(data: Path, *names: str) -> None:
    """Measures and writes the page."""
    files = [data / "test" / f"{name}.en" for name in names] or sorted((data / "test").glob("*.en"))
    tables = []
    for src in files:
        tables.append(as_markdown(table(src)))
        print(tables[-1], flush=True)
    introduction = INTRODUCTION.format(arguments=" ".join(["DATA", *names]))
    PAGE.write_text("\n\n".join([introduction.rstrip(), *tables]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
