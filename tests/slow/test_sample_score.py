"""The tiny preset on the embedded sample, in full."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def seq2seq(*arguments: str) -> str:
    command = [sys.executable, str(ROOT / "cli.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout


def test_the_tiny_preset_reaches_90_bleu_on_the_sample_s_test_split(tmp_path: Path) -> None:
    seq2seq("train", "--preset", "tiny", "--data", "sample", "--dev", "sample:dev", "--out", str(tmp_path / "run"))
    lines = (ROOT / "data" / "sample" / "test.tsv").read_text(encoding="utf-8").splitlines()
    for column, side in enumerate(("en", "es")):
        text = "\n".join(line.split("\t")[column] for line in lines)
        (tmp_path / f"test.{side}").write_text(text + "\n", encoding="utf-8")
    files = ["--src", str(tmp_path / "test.en"), "--ref", str(tmp_path / "test.es")]
    report = json.loads(seq2seq("evaluate", "--model", str(tmp_path / "run"), *files, "--json"))
    bleu = next(score["score"] for score in report["scores"] if score["name"] == "BLEU")
    assert bleu >= 90
