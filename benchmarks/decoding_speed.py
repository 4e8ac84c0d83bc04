"""How fast we translate, beside OpenNMT-py, CTranslate2 and Apertium.

    python benchmarks/decoding_speed.py DATA MODEL [--rounds 3] [--lines 4000] [--opennmt-updates 400]

DATA holds train.tsv.xz and test/ (see data/README.md); MODEL is a run or model directory of the preset small. All are
whole commands, in turn, several rounds; figures are medians over the rounds.

- Ours and OpenNMT-py's LSTM of the same sizes, trained here for --opennmt-updates on the same pairs: Tatoeba test
  sentences and newstest2012's long ones, greedily and with beam 4, sentences/s without the time to load, which is
  that of the same command on a single line. "One at a time" is with batches of one sentence.
- CTranslate2's int8 Transformer of 6+6 layers and width 256, about as many parameters, with random weights and the
  output's length forced to be the source's: what counts is target tokens/s.
- Apertium's command, where it is installed (Debian's apertium-eng-spa), beside our whole command, loading included.
- Cold: our whole command on one sentence, beside `python -c "import torch"`.
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

from peers import PEER, ROOT, THREADS, WORK, opennmt_python, prepare_pairs, run, train_opennmt

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


def ours(model: Path, name: str, beam_size: int, *options: object) -> tuple[float, float]:
    """Seconds and memory of our command."""
    out = WORK / "ours.es"
    files = ("--input", WORK / f"{name}.en", "--output", out, "--overwrite")
    command = ("-m", "seq2seq", "translate", "--model", model, "--no-mend", "--beam-size", beam_size)
    ended = run(sys.executable, *command, *files, *options)
    return ended.seconds, ended.memory


def opennmt(python: Path, model: Path, name: str, beam_size: int, batch_size: int = 64) -> tuple[float, float]:
    """Seconds and memory of OpenNMT-py's command."""
    files = ("-model", model, "-src", WORK / f"{name}.pieces", "-output", WORK / "opennmt.es")
    search = ("-beam_size", beam_size, "-batch_size", batch_size, "-batch_type", "sents")
    ended = run(python.with_name("onmt_translate"), *files, *search, TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD="1")
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


def one_round(model: Path, python: Path, peer: Path, lines: dict[str, int]) -> dict[str, float]:
    """Every figure once, by its name; speeds are sentences/s unless said otherwise."""
    figures: dict[str, float] = {}
    for name, count in lines.items():
        for search, beam_size in SEARCHES.items():
            loading, _ = ours(model, f"{name}-one", beam_size)
            seconds, memory = ours(model, name, beam_size)
            figures[f"ours {name} {search}"] = count / (seconds - loading)
            figures[f"ours {name} {search} tokens"] = tokens_in("ours.es") / (seconds - loading)
            figures[f"ours {name} {search} GB"] = memory
            loading, _ = opennmt(python, peer, f"{name}-one", beam_size)
            seconds, memory = opennmt(python, peer, name, beam_size)
            figures[f"opennmt {name} {search}"] = count / (seconds - loading)
            figures[f"opennmt {name} {search} GB"] = memory
    for search, beam_size in SEARCHES.items():
        loading, _ = ours(model, "tatoeba-one", beam_size, "--batch-size", 1)
        seconds, _ = ours(model, "tatoeba-some", beam_size, "--batch-size", 1)
        figures[f"ours one at a time {search}"] = 200 / (seconds - loading)
        loading, _ = opennmt(python, peer, "tatoeba-one", beam_size, 1)
        seconds, _ = opennmt(python, peer, "tatoeba-some", beam_size, 1)
        figures[f"opennmt one at a time {search}"] = 200 / (seconds - loading)
    child = Path(__file__).with_name("ctranslate2_speed.py").resolve()
    files = (PEER / "transformer", WORK / "tatoeba.pieces", WORK / "train.vocab", THREADS)
    speeds = json.loads(run(python, child, *files).told.strip().splitlines()[-1])
    figures |= {f"ctranslate2 tatoeba {search} tokens": speed for search, speed in speeds.items()}
    seconds, _ = ours(model, "tatoeba", 1)
    figures["ours whole command, greedy"] = lines["tatoeba"] / seconds
    if shutil.which("apertium"):
        began = time.perf_counter()
        with (WORK / "tatoeba.en").open("rb") as source:
            subprocess.run(["apertium", "-u", "eng-spa"], stdin=source, stdout=subprocess.DEVNULL, check=True)
        figures["apertium whole command"] = lines["tatoeba"] / (time.perf_counter() - began)
    figures["seconds cold, one sentence"] = ours(model, "tatoeba-one", 4)[0]
    figures["seconds of import torch"] = run(sys.executable, "-c", "import torch").seconds
    return figures


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
    tokens = "tatoeba greedy tokens"
    lines.append(
        f"greedy {ratio('ours tatoeba greedy', 'opennmt tatoeba greedy')}, "
        f"beam {ratio('ours tatoeba beam 4', 'opennmt tatoeba beam 4')}, "
        f"ctranslate2 {ratio(f'ours {tokens}', f'ctranslate2 {tokens}')}, "
        f"apertium {ratio('ours whole command, greedy', 'apertium whole command')}"
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
    lines = {name: len((WORK / f"{name}.en").read_text(encoding="utf-8").splitlines()) for name in SETS}
    rounds = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr)
        rounds.append(one_round(options.model.resolve(), python, peer, lines))
    told = report(rounds)
    print(told)
    words = re.sub(r"\S*/(?=\S)", "", " ".join(sys.argv[1:]))
    command = f"$ python benchmarks/decoding_speed.py {words}\n{THREADS} cores, {options.rounds} rounds, {lines}"
    RESULT.write_text(f"{command}\n{told}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
