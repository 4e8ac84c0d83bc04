"""`seq2seq translate`: arguments, a pipe or a file, line by line."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq.cli.files import STDIN, decode_line, open_input, open_output, ready_blocks
from seq2seq.errors import UsageError

if TYPE_CHECKING:
    from seq2seq.config import SearchConfig
    from seq2seq.translator import Translation, Translator

SEARCH = "How to search"


def translate(
    text: Annotated[list[str] | None, typer.Argument(help="Text to translate; without it, standard input.")] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option(
            help="A model directory. Repeatable: several are averaged.", envvar="SEQ2SEQ_MODEL", show_default=False
        ),
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
    coverage_penalty: Annotated[
        float | None,
        typer.Option(min=0.0, help="Rank lower what has not looked at all of the source.", rich_help_panel=SEARCH),
    ] = None,
    no_repeat_ngram: Annotated[
        int | None, typer.Option(min=0, help="Say no sequence of so many tokens twice.", rich_help_panel=SEARCH)
    ] = None,
    prefix: Annotated[
        str, typer.Option(help="How each translation begins; the model goes on.", rich_help_panel=SEARCH)
    ] = "",
    mbr: Annotated[
        bool | None,
        typer.Option("--mbr", help="Of the beam, take what is most like all of it (chrF).", rich_help_panel=SEARCH),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(min=0.0, help="Above 0: draw translations, at 1 as the model has them.", rich_help_panel=SEARCH),
    ] = None,
    top_k: Annotated[int | None, typer.Option(min=0, help="Draw from so many tokens.", rich_help_panel=SEARCH)] = None,
    top_p: Annotated[
        float | None, typer.Option(help="Draw from the tokens that have this much probability.", rich_help_panel=SEARCH)
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the drawing.", rich_help_panel=SEARCH)] = None,
    mend: Annotated[
        bool | None,
        typer.Option(
            "--mend/--no-mend",
            help="Look again where a translation loops or copies.",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None,
    shortlist: Annotated[
        bool | None,
        typer.Option(
            "--shortlist/--no-shortlist",
            help="Look only at words that may come up: faster.",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None,
    json_lines: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    alignments: Annotated[
        Path | None, typer.Option(help="Write word links here, a line each: 0-0 1-2 … (Pharaoh's format).")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    precision: Annotated[str, typer.Option(help="fp32, bf16, or auto: bf16 where it is fast.")] = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Sentences that are searched together.")] = 64,
) -> None:
    """Translate text: as many lines out as in, in order, with blank lines and line ends kept.

    Results go to standard output as they come, everything else to standard error.

        seq2seq translate --model runs/demo/model "The cat sleeps."
        seq2seq translate --model runs/demo/model < letter.en > letter.es
    """
    if text and input:
        raise UsageError("give text or --input, not both")
    if not model:
        raise UsageError("no model is given; add --model DIRECTORY, or train one: seq2seq train --help")
    if n_best and beam_size and n_best > beam_size:
        raise UsageError(
            f"--n-best {n_best} is more than --beam-size {beam_size} can find; raise --beam-size, or lower --n-best"
        )
    if not temperature and (top_k or top_p or seed is not None):
        raise UsageError("--top-k, --top-p and --seed are for drawing; add --temperature 1")
    search: dict[str, Any] = {
        "beam_size": beam_size,
        "n_best": n_best,
        "length_penalty": length_penalty,
        "coverage_penalty": coverage_penalty,
        "no_repeat_ngram": no_repeat_ngram,
        "mbr": mbr,
        "mend": mend,
        "shortlist": shortlist,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "seed": seed,
    }
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has enough, as filters do
    with ExitStack() as files:
        file = None if text else files.enter_context(open_input(input))
        sink = files.enter_context(open_output(output, overwrite=overwrite))
        links = files.enter_context(open_output(alignments, overwrite=overwrite)) if alignments else None
        translator = _load(model, device, precision, batch_size)
        search = {"prefix": prefix, "alignments": links is not None} | _search(translator.search_config, search)
        blocks = ready_blocks(file) if file else [_argument_lines(text or [])]
        name = "text" if text else str(input or STDIN)
        for block in _translated(translator, blocks, name, search):
            for number, line, translation in block:
                sink.write(_record(number, line, translation, as_json=json_lines, as_list=n_best is not None))
                if links:
                    links.write(f"{_links(translation)}\n".encode())
            sink.flush()


def _load(models: list[Path], device: str, precision: str, batch_size: int) -> Translator:
    from seq2seq.translator import Translator

    return Translator.load(*models, device=device, precision=precision, batch_size=batch_size)


def _search(config: SearchConfig, given: dict[str, Any]) -> dict[str, Any]:
    """How to search: as the model's configuration says, but for what the options say."""
    n_best = given["n_best"] or 1
    beam_size = given["beam_size"] or max(config.beam_size, n_best)
    options = {name: value for name, value in given.items() if value is not None}
    return options | {"n_best": n_best, "beam_size": beam_size}


def _translated(
    translator: Translator, blocks: Iterable[list[bytes]], name: str, search: dict[str, Any]
) -> Iterator[list[tuple[int, str, Translation]]]:
    """For each block its lines: the number, the line with its end, and its translation."""
    done = 0
    for block in blocks:
        lines = [decode_line(line, name, number) for number, line in enumerate(block, start=done + 1)]
        translations = translator.translate_block([line.removesuffix("\n") for line in lines], **search)
        yield list(zip(range(done + 1, done + len(lines) + 1), lines, translations, strict=True))
        done += len(lines)


def _argument_lines(text: list[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogateescape") + b"\n" for argument in text for line in argument.split("\n")]


def _record(number: int, line: str, translation: Translation, *, as_json: bool, as_list: bool) -> bytes:
    """What is written for a line."""
    if as_json:
        return _as_json(number, translation)
    if as_list:
        return _as_list(number, translation)
    return (translation.text + ("\n" if line.endswith("\n") else "")).encode()


def _as_json(number: int, translation: Translation) -> bytes:
    best, *_ = translation.candidates
    record: dict[str, object] = {
        "line": number,
        "source": translation.source,
        "translation": best.text,
        "score": round(best.score, 4),
        "log_prob": round(best.log_prob, 4),
    }
    if translation.flags:
        record["flags"] = list(translation.flags)
    if best.links:
        record["alignment"] = _links(translation)
    if len(translation.candidates) > 1:
        record["n_best"] = [{"translation": c.text, "score": round(c.score, 4)} for c in translation.candidates]
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()


def _links(translation: Translation) -> str:
    from seq2seq.alignment import pharaoh

    return pharaoh(translation.candidates[0].links)


def _as_list(number: int, translation: Translation) -> bytes:
    return "".join(f"{number}\t{c.score:.4f}\t{c.text}\n" for c in translation.candidates).encode()
