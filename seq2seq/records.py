"""What is written for a translated line: the text, a JSON object, or a list of the n best."""

from __future__ import annotations

import json
from dataclasses import asdict

from seq2seq.alignment import pharaoh
from seq2seq.translation import Candidate, Translation

TEXT, JSON, LIST = "text", "json", "list"


def record(kind: str, number: int, line: str, translation: Translation) -> bytes:
    """What `kind` (TEXT, JSON, LIST) writes for line `number`, given with its end, which TEXT keeps."""
    if kind == JSON:
        return as_json(number, translation)
    if kind == LIST:
        return "".join(f"{number}\t{c.score:.4f}\t{c.text}\n" for c in translation.candidates).encode()
    return (translation.text + ("\n" if line.endswith("\n") else "")).encode()


def as_json(number: int, translation: Translation) -> bytes:
    """All that is known of a line, as one JSON object and a line end."""
    best, *others = translation.candidates
    facts: dict[str, object] = {
        "line": number,
        "source": translation.source,
        "translation": best.text,
        "score": round(best.score, 4),
        "log_prob": round(best.log_prob, 4),
        "confidence": round(best.confidence, 4),
    }
    if translation.flags:
        facts["flags"] = list(translation.flags)
    if translation.terms:
        facts["terms"] = dict(translation.terms)
    if translation.remembered:
        facts["memory"] = "exact"
    if translation.near:
        facts["near"] = [asdict(one) | {"similarity": round(one.similarity, 2)} for one in translation.near]
    if best.links:
        facts["alignment"] = pharaoh(best.links)
    if best.tokens:
        facts["tokens"] = [[piece, round(log_prob, 4)] for piece, log_prob in best.tokens]
    if others:
        facts["n_best"] = [_candidate(candidate) for candidate in translation.candidates]
    return (json.dumps(facts, ensure_ascii=False) + "\n").encode()


def _candidate(candidate: Candidate) -> dict[str, object]:
    facts: dict[str, object] = {"translation": candidate.text, "score": round(candidate.score, 4)}
    if candidate.tokens:
        facts["tokens"] = [[piece, round(log_prob, 4)] for piece, log_prob in candidate.tokens]
    return facts
