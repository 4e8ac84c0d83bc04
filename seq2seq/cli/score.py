"""`seq2seq score`: how likely a model finds given translations."""

from __future__ import annotations

import re
import signal
import sys
from itertools import tee
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.sources import parse_source
from seq2seq.errors import UsageError

_ON_A_LINE = re.compile(r"[\t\n\r]")


def score(
    data: Annotated[
        list[str], typer.Argument(help="Pairs: FILE, SRC_FILE,TGT_FILE or a corpus NAME[:SPLIT].", metavar="DATA…")
    ],
    model: Annotated[
        Path | None,
        typer.Option(
            help="A model directory; else the one that comes with the package.",
            envvar="SEQ2SEQ_MODEL",
            show_default=False,
        ),
    ] = None,
    worst_first: Annotated[
        bool, typer.Option("--worst-first", help="Sort: what the model finds unlikeliest first.")
    ] = False,
    at_least: Annotated[
        float | None, typer.Option(help="Leave out pairs below this log-prob a token.", show_default=False)
    ] = None,
    data_dir: Annotated[
        list[Path] | None, typer.Option(help="Where files of named corpora lie. Repeatable.", envvar="SEQ2SEQ_DATA")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    precision: Annotated[str, typer.Option(help="fp32, bf16, or auto: bf16 where it is fast.")] = "auto",
) -> None:
    """Print each pair with its log-probability, in nats a target token; the perplexity goes to standard error.

    Columns are log-prob a token, source, target. A pair that is misaligned, garbled or in the wrong language stands
    far below its neighbours.

        seq2seq score pairs.tsv --worst-first | head
        seq2seq score pairs.tsv --at-least -4 | cut -f 2,3 > clean.tsv
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader has enough, as filters do
    from seq2seq import bundle
    from seq2seq.config import Source, build
    from seq2seq.corpus import read_pairs
    from seq2seq.device import choose_device, choose_dtype
    from seq2seq.locations import pretrained
    from seq2seq.scoring import perplexity, score_pairs

    sources = [build(Source, parse_source(one, "DATA")) for one in data]
    where = choose_device(device)
    loaded = bundle.load(model or pretrained())
    loaded.model.to(where)
    pairs = ((pair.src, pair.tgt) for source in sources for pair in read_pairs(source, data_dirs=data_dir or []))
    ahead, asked = tee(pairs)
    in_order = zip(score_pairs(loaded, ahead, dtype=choose_dtype(precision, where)), asked, strict=True)
    scored = sorted(in_order, key=lambda row: row[0].per_token) if worst_first else in_order
    log_prob, tokens, count = 0.0, 0, 0
    for likelihood, pair in scored:
        log_prob, tokens, count = log_prob + likelihood.log_prob, tokens + likelihood.tokens, count + 1
        if at_least is None or likelihood.per_token >= at_least:
            print(f"{likelihood.per_token:.4f}", *(_ON_A_LINE.sub(" ", side) for side in pair), sep="\t")
    if not count:
        raise UsageError("there are no pairs; name a file that has some")
    print(f"{count:,} pairs, {tokens:,} target tokens, perplexity {perplexity(log_prob, tokens):.2f}", file=sys.stderr)
