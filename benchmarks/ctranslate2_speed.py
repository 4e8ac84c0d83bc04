"""Run by decoding_speed.py in the peers' environment: CTranslate2's int8 Transformer 6+6, width 256.

    python ctranslate2_speed.py OUT PIECES VOCABULARY THREADS

Weights are random and a translation is forced to be as long as its source: what counts is target tokens/s, printed
as JSON for greedy search and beam 4.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec

WIDTH, INNER, LAYERS, HEADS = 256, 1024, 6, 8
RNG = np.random.default_rng(0)


def fill(layer: Any, rows: int, columns: int) -> None:
    """A random matrix, and no bias."""
    layer.weight = RNG.normal(0, columns**-0.5, (rows, columns)).astype(np.float32)
    layer.bias = np.zeros(rows, np.float32)


def fill_norm(layer: Any) -> None:
    """A layer norm that does no more than that."""
    layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)


def random_transformer(tokens: list[str]) -> TransformerSpec:
    """A Transformer of these sizes over this vocabulary, in int8."""
    spec = TransformerSpec.from_config(LAYERS, HEADS)
    for side in (spec.encoder, spec.decoder):
        fill_norm(side.layer_norm)
        for layer in side.layer:
            attentions = [(layer.self_attention, (3, 1))]
            if side is spec.decoder:
                attentions.append((layer.attention, (1, 2, 1)))
            for attention, multiples in attentions:
                fill_norm(attention.layer_norm)
                for linear, multiple in zip(attention.linear, multiples, strict=True):
                    fill(linear, multiple * WIDTH, WIDTH)
            fill_norm(layer.ffn.layer_norm)
            fill(layer.ffn.linear_0, INNER, WIDTH)
            fill(layer.ffn.linear_1, WIDTH, INNER)
        embeddings = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        embeddings.weight = RNG.normal(0, WIDTH**-0.5, (len(tokens), WIDTH)).astype(np.float32)
        side.position_encodings.encodings = RNG.normal(0, 1, (512, WIDTH)).astype(np.float32)
    fill(spec.decoder.projection, len(tokens), WIDTH)
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.validate()
    spec.optimize(quantization="int8")
    return spec


def tokens_per_second(translator: ctranslate2.Translator, sentences: list[list[str]], beam_size: int) -> float:
    """Target tokens/s over all sentences, those of one length together."""
    by_length: dict[int, list[list[str]]] = {}
    for sentence in sentences:
        by_length.setdefault(len(sentence), []).append(sentence)
    said, began = 0, time.perf_counter()
    for length, alike in by_length.items():
        limits = {"min_decoding_length": length, "max_decoding_length": length}
        results = translator.translate_batch(alike, beam_size=beam_size, max_batch_size=64, **limits)
        said += sum(len(result.hypotheses[0]) for result in results)
    return said / (time.perf_counter() - began)


def main() -> None:
    """Makes the model, warms it up, and measures."""
    out, pieces, vocabulary, threads = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    learned = [line.split("\t")[0] for line in vocabulary.read_text(encoding="utf-8").splitlines()]
    out.mkdir(parents=True, exist_ok=True)
    random_transformer(["<blank>", "<unk>", "<s>", "</s>", *learned]).save(str(out))
    translator = ctranslate2.Translator(str(out), intra_threads=threads, compute_type="int8")
    sentences = [line.split() for line in pieces.read_text(encoding="utf-8").splitlines()]
    tokens_per_second(translator, sentences[:500], 1)
    speeds = {f"beam {size}": tokens_per_second(translator, sentences, size) for size in (1, 4)}
    print(json.dumps({"greedy": speeds["beam 1"], "beam 4": speeds["beam 4"]}))


if __name__ == "__main__":
    main()
