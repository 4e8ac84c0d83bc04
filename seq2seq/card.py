"""The model card: what a released model was made from, how, and how good it is."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import sacrebleu
from sacrebleu import BLEU, CHRF

from seq2seq import __version__
from seq2seq.checkpoint import Position
from seq2seq.config import Config, Source
from seq2seq.corpus import named_corpora


@dataclass(frozen=True)
class Card:
    """What the card tells."""

    config: Config
    kept: int  # training pairs after cleaning
    dropped: int
    dev_pairs: int
    parameters: int
    vocab_size: int
    bleu: float  # greedy, on dev
    chrf: float
    step: int  # of the released weights
    position: Position  # of the run


TEMPLATE = """\
# {direction}, {cell} encoder-decoder with attention

Made with seq2seq {seq2seq}. Translate with it:

    seq2seq translate --model DIRECTORY "Some text."

## Data

{sources}

{kept:,} pairs after cleaning, {dropped:,} dropped; {dev_pairs:,} pairs for development.

## Model

| | |
|---|---|
| parameters | {parameters:,} |
| vocabulary | {vocab_size:,} pieces ({kind}, {joint}) |
| width | {width} |
| encoder, decoder layers | {encoder_layers}, {decoder_layers} |
| attention | {attention} |

## Training

{begun}Seed {seed}; {step:,} updates to these weights, {tokens:,} target tokens and {time} in all; precision
{precision}. The configuration is `config.toml` of the run. Versions: Python {python}, torch {torch},
sentencepiece {spm}, sacrebleu {sacrebleu}.

## Score

On its development set, greedy search, averaged weights. The weights were chosen by this score, so it
flatters: report figures from a test set.

    BLEU {bleu:.2f}  {bleu_signature}
    chrF2 {chrf:.2f}  {chrf_signature}

## Limits

It translates sentence by sentence and knows nothing of the sentence before. It has learned from the text
named above and is at its best on text like it; on other text it can leave out, add or invent, and sound sure
of it.
"""


def render(card: Card) -> str:
    """The card as Markdown."""
    config = card.config
    bleu, chrf = BLEU(), CHRF()
    for metric in (bleu, chrf):
        metric.corpus_score(["a"], [["a"]])  # signatures exist after a first score
    return TEMPLATE.format(
        direction="Spanish to English" if config.data.reverse else "English to Spanish",
        cell=config.model.cell.upper(),
        seq2seq=__version__,
        sources="\n".join(f"- {describe(source)}" for source in config.data.train),
        kept=card.kept,
        dropped=card.dropped,
        dev_pairs=card.dev_pairs,
        parameters=card.parameters,
        vocab_size=card.vocab_size,
        kind=config.tokenizer.kind,
        joint="joint" if config.tokenizer.joint else "one each",
        width=config.model.width,
        encoder_layers=config.model.encoder_layers,
        decoder_layers=config.model.decoder_layers,
        attention=config.model.attention,
        begun=f"Begun from the model `{_name(Path(config.start_from))}`. " if config.start_from else "",
        seed=config.training.seed,
        step=card.step,
        tokens=card.position.tokens,
        time=timedelta(seconds=round(card.position.seconds)),
        precision=config.training.precision,
        python=platform.python_version(),
        torch=version("torch"),
        spm=version("sentencepiece"),
        sacrebleu=sacrebleu.__version__,
        bleu=card.bleu,
        bleu_signature=bleu.get_signature(),
        chrf=card.chrf,
        chrf_signature=chrf.get_signature(),
    )


def _name(model: Path) -> str:
    """What a person calls a model directory: inside a run's, that is the run."""
    return model.parent.name if model.name == "model" and model.parent.name else model.name


def describe(source: Source) -> str:
    """A source and its licence in a line; of the user's own files only the name is known."""
    if source.corpus:
        named = named_corpora()[source.corpus]
        return f"{source.corpus}: {named.description} Licence: {named.licence}. From {named.url}"
    if source.hub:
        name = f"{source.hub} {source.subset}".strip()
        return f"{name} from the Hugging Face hub; its page states the licence"
    files = [source.path] if source.path else [source.src_path, source.tgt_path]
    return ", ".join(Path(file).name for file in files) + " (licence not stated)"
