"""How fast we translate, beside OpenNMT-py, CTranslate2 and Apertium.

    python benchmarks/decoding_speed.py DATA MODEL [--rounds 3] [--lines 4000] [--opennmt-updates 400]

DATA holds train.tsv.xz and test/ (see data/README.md); MODEL is a run or model directory of the preset small
with a unigram vocabulary of 8,000. All are
whole commands, in turn, several rounds; figures are medians over the rounds.

- Ours and OpenNMT-py's LSTM of the same sizes, trained here for --opennmt-updates on the same pairs: Tatoeba test
  sentences and newstest2012's long ones, greedily and with beam 4, target tokens/s without the time to load, which is
  that of the same command on a single line. Tokens and not sentences, for a model that was trained for minutes says
  less. "One at a time" is with batches of one sentence.
- CTranslate2's int8 Transformer of 6+6 layers and width 256, about as many parameters, with random weights and the
  output's length forced to be the source's: what counts is target tokens/s.
- Apertium's command, where it is installed (Debian's apertium-eng-spa), beside our whole command with the model that
  ships, on the whole Tatoeba test set, loading included.
- Cold: our whole command on one sentence, with that model, beside `python -c "import torch"`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from peers import PEER, ROOT, THREADS, WORK, opennmt_python, prepare_pairs, run, train_opennmt, translate_opennmt

from seq2seq.locations import pretrained

RESULT = ROOT / "benchmarks" / "results" / "decoding_speed.txt"
SETS = {"tatoeba": "tatoeba-test-v2021-08-07", "newstest": "newstest2012"}
SEARCHES = {"greedy": 1, "beam 4": 4}


def write_lines(data: Path, lines: int) -> None:
    """The test sets' first lines as text and as pieces, and a single line of each."""
    from seq2seq.tokenizer import Tokenizer

    tokenizer = Tokenizer.load(WORK / "data" / "spm.model")
    for name, file in SETS.items():
        texts = (data / "test" / f"{file}.en").read_text(encoding="utf-8").splitlines()[:lines]
        for size, chosen in ((name, texts), (f"{name}-one", texts[:1]), (f"{name}-some", texts[:200])):
            pieces = [" ".join(tokenizer.pieces(ids)) for ids in tokenizer.encode_batch(chosen)]
            (WORK / f"{size}.en").write_text("".join(f"{text}\n" for text in chosen), encoding="utf-8")
            (WORK / f"{size}.pieces").write_text("".join(f"{line}\n" for line in pieces), encoding="utf-8")
    shutil.copyfile(data / "test" / f"{SETS['tatoeba']}.en", WORK / "whole.en")


def ours(model: Path, name: str, beam_size: int, *options: object) -> tuple[float, float]:
    """Seconds and memory of our command."""
    out = WORK / "ours.es"
    files = ("--input", WORK / f"{name}.en", "--output", out, "--overwrite")
    command = ("-m", "seq2seq", "translate", "--model", model, "--no-mend", "--beam-size", beam_size)
    ended = run(sys.executable, *command, *files, *options)
    return ended.seconds, ended.memory


def opennmt(python: Path, model: Path, name: str, beam_size: int, batch_size: int = 64) -> tuple[float, float]:
    """Seconds and memory of OpenNMT-py's command."""
    src, out = WORK / f"{name}.pieces", WORK / "opennmt.es"
    ended = translate_opennmt(python, model, src, out, beam_size=beam_size, batch_size=batch_size)
    return ended.seconds, ended.memory


def opennmt_model(python: Path, updates: int) -> Path:
    """OpenNMT-py's LSTM, trained unless it was."""
    out = PEER / f"lstm-{updates}"
    model = out / f"model_step_{updates}.pt"
    if not model.exists():
        print(f"training OpenNMT-py's LSTM for {updates} updates", file=sys.stderr)
        train_opennmt(python, out, updates, 100)
    return model


def tokens_in(name: str) -> int:
    """Target tokens of our last translation, as the tokenizer cuts it, eos counted."""
    from seq2seq.tokenizer import Tokenizer

    tokenizer = Tokenizer.load(WORK / "data" / "spm.model")
    lines = (WORK / name).read_text(encoding="utf-8").splitlines()
    return sum(len(ids) + 1 for ids in tokenizer.encode_batch(lines))


def pieces_in(name: str) -> int:
    """The same of OpenNMT-py's last translation, which is in pieces."""
    lines = (WORK / name).read_text(encoding="utf-8").splitlines()
    return sum(len(line.split()) + 1 for line in lines)


def one_round(model: Path, python: Path, peer: Path) -> dict[str, float]:
    """Every figure once, by its name; speeds are target tokens/s unless said otherwise."""
    figures: dict[str, float] = {}

    def both(title: str, some: str, one: str, beam_size: int, batch_size: int | None = None) -> None:
        """Ours and OpenNMT-py on the lines of `some`, less the time for those of `one`."""
        batch = ("--batch-size", batch_size) if batch_size else ()
        loading, _ = ours(model, one, beam_size, *batch)
        seconds, figures[f"ours {title} GB"] = ours(model, some, beam_size, *batch)
        figures[f"ours {title}"] = tokens_in("ours.es") / (seconds - loading)
        figures[f"ours {title} sentences"] = count_lines(some) / (seconds - loading)
        loading, _ = opennmt(python, peer, one, beam_size, batch_size or 64)
        seconds, figures[f"opennmt {title} GB"] = opennmt(python, peer, some, beam_size, batch_size or 64)
        figures[f"opennmt {title}"] = pieces_in("opennmt.es") / (seconds - loading)
        figures[f"opennmt {title} sentences"] = count_lines(some) / (seconds - loading)

    for search, beam_size in SEARCHES.items():
        for name in SETS:
            both(f"{name} {search}", name, f"{name}-one", beam_size)
        both(f"one at a time {search}", "tatoeba-some", "tatoeba-one", beam_size, 1)
    child = Path(__file__).with_name("ctranslate2_speed.py").resolve()
    files = (PEER / "transformer", WORK / "tatoeba.pieces", WORK / "train.vocab", THREADS)
    speeds = json.loads(run(python, child, *files).told.strip().splitlines()[-1])
    figures |= {f"ctranslate2 tatoeba {search}": speed for search, speed in speeds.items()}
    for search, beam_size in SEARCHES.items():
        seconds, _ = ours(pretrained(), "whole", beam_size)
        figures[f"ours whole command {search} sentences"] = count_lines("whole") / seconds
    if shutil.which("apertium"):
        began = time.perf_counter()
        with (WORK / "whole.en").open("rb") as source:
            subprocess.run(["apertium", "-u", "eng-spa"], stdin=source, stdout=subprocess.DEVNULL, check=True)
        figures["apertium whole command sentences"] = count_lines("whole") / (time.perf_counter() - began)
    figures["seconds cold, one sentence"] = ours(pretrained(), "tatoeba-one", 4)[0]
    figures["seconds of import torch"] = run(sys.executable, "-c", "import torch").seconds
    return figures


def count_lines(name: str) -> int:
    """Lines of an input."""
    return len((WORK / f"{name}.en").read_text(encoding="utf-8").splitlines())


def report(rounds: list[dict[str, float]]) -> str:
    """All figures, and the ratios in the last line."""
    middle = {name: median(figures[name] for figures in rounds) for name in rounds[0]}

    def ratio(above: str, below: str) -> str:
        if below not in middle:
            return "not installed"
        return f"{median(figures[above] / figures[below] for figures in rounds):.2f}"

    lines = [f"{name:42} {value:10,.2f}" for name, value in middle.items()]
    others = ("newstest greedy", "newstest beam 4", "one at a time greedy", "one at a time beam 4")
    lines += [f"{name}, ours beside opennmt: {ratio(f'ours {name}', f'opennmt {name}')}" for name in others]
    lines.append(f"cold beside import torch: {ratio('seconds cold, one sentence', 'seconds of import torch')}")
    lines.append(
        f"greedy {ratio('ours tatoeba greedy', 'opennmt tatoeba greedy')}, "
        f"beam {ratio('ours tatoeba beam 4', 'opennmt tatoeba beam 4')}, "
        f"ctranslate2 {ratio('ours tatoeba greedy', 'ctranslate2 tatoeba greedy')}, "
        f"apertium {ratio('ours whole command greedy sentences', 'apertium whole command sentences')}"
    )
    return "\n".join(lines)


def main() -> None:
    """The rounds and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=4000, help="of each test set, from its beginning")
    parser.add_argument("--opennmt-updates", type=int, default=400)
    options = parser.parse_args()
    prepare_pairs(options.data.resolve())
    write_lines(options.data.resolve(), options.lines)
    python = opennmt_python()
    peer = opennmt_model(python, options.opennmt_updates)
    lines = {name: count_lines(name) for name in (*SETS, "whole")}
    rounds = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr)
        rounds.append(one_round(options.model.resolve(), python, peer))
    told = report(rounds)
    print(told)
    words = re.sub(r"\S*/(?=\S)", "", " ".join(sys.argv[1:]))
    command = f"$ python benchmarks/decoding_speed.py {words}\n{THREADS} cores, {options.rounds} rounds, {lines}"
    RESULT.write_text(f"{command}\n{told}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
