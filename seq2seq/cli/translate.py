"""`seq2seq translate`: arguments, a pipe or a file, line by line."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from seq2seq.cli.files import STDIN, decode_line, open_input, open_output, ready_blocks
from seq2seq.errors import UsageError

if TYPE_CHECKING:
    from seq2seq.config import SearchConfig
    from seq2seq.translator import Translation, Translator


def translate(
    text: Annotated[list[str] | None, typer.Argument(help="Text to translate; without it, standard input.")] = None,
    model: Annotated[
        Path | None, typer.Option(help="A model directory.", envvar="SEQ2SEQ_MODEL", show_default=False)
    ] = None,
    input: Annotated[Path | None, typer.Option(help="A text file to translate, line by line.")] = None,
    output: Annotated[Path | None, typer.Option(help="Where to write; without it, standard output.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an --output that exists.")] = False,
    beam_size: Annotated[int | None, typer.Option(min=1, help="1 is greedy search. Default: the model's.")] = None,
    n_best: Annotated[
        int | None, typer.Option(min=1, help="Print this many translations of each line: number, score, text.")
    ] = None,
    length_penalty: Annotated[
        float | None, typer.Option(min=0.0, help="0 favours short translations. Default: the model's.")
    ] = None,
    json_lines: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    precision: Annotated[str, typer.Option(help="fp32, bf16, or auto: bf16 where it is fast.")] = "auto",
) -> None:
    """Translate text: as many lines out as in, in order, with blank lines and line ends kept.

    Results go to standard output as they come, everything else to standard error.

        seq2seq translate --model runs/demo/model "The cat sleeps."
        seq2seq translate --model runs/demo/model < letter.en > letter.es
    """
    if text and input:
        raise UsageError("give text or --input, not both")
    if model is None:
        raise UsageError("no model is given; add --model DIRECTORY, or train one: seq2seq train --help")
    if n_best and beam_size and n_best > beam_size:
        raise UsageError(
            f"--n-best {n_best} is more than --beam-size {beam_size} can find; raise --beam-size, or lower --n-best"
        )
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has enough, as filters do
    source = nullcontext() if text else open_input(input)
    with source as file, open_output(output, overwrite=overwrite) as sink:
        translator = _load(model, device, precision)
        search = _search(translator.search_config, beam_size, n_best, length_penalty)
        blocks = ready_blocks(file) if file else [_argument_lines(text or [])]
        name = "text" if text else str(input or STDIN)
        _translate_blocks(translator, blocks, name, sink, search, json_lines=json_lines, as_list=n_best is not None)


def _load(model: Path, device: str, precision: str) -> Translator:
    from seq2seq.translator import Translator

    return Translator.load(model, device=device, precision=precision)


def _search(
    config: SearchConfig, beam_size: int | None, n_best: int | None, length_penalty: float | None
) -> dict[str, float]:
    """How to search: as the model's configuration says, but for what the options say."""
    n_best = n_best or 1
    return {
        "beam_size": beam_size or max(config.beam_size, n_best),
        "n_best": n_best,
        "length_penalty": config.length_penalty if length_penalty is None else length_penalty,
    }


def _argument_lines(text: list[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogateescape") + b"\n" for argument in text for line in argument.split("\n")]


def _translate_blocks(
    translator: Translator,
    blocks: Iterable[list[bytes]],
    name: str,
    sink: BinaryIO,
    search: dict[str, float],
    *,
    json_lines: bool,
    as_list: bool,
) -> None:
    number = 0
    for block in blocks:
        lines = [decode_line(line, name, number + i) for i, line in enumerate(block, start=1)]
        translations = translator.translate_block([line.removesuffix("\n") for line in lines], **search)
        for line, translation in zip(lines, translations, strict=True):
            number += 1
            if json_lines:
                sink.write(_as_json(number, translation))
            elif as_list:
                sink.write(_as_list(number, translation))
            else:
                sink.write((translation.text + ("\n" if line.endswith("\n") else "")).encode())
        sink.flush()


def _as_json(number: int, translation: Translation) -> bytes:
    best, *_ = translation.candidates
    record = {
        "line": number,
        "source": translation.source,
        "translation": best.text,
        "score": round(best.score, 4),
        "log_prob": round(best.log_prob, 4),
    }
    if len(translation.candidates) > 1:
        record["n_best"] = [{"translation": c.text, "score": round(c.score, 4)} for c in translation.candidates]
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()


def _as_list(number: int, translation: Translation) -> bytes:
    return "".join(f"{number}\t{c.score:.4f}\t{c.text}\n" for c in translation.candidates).encode()
