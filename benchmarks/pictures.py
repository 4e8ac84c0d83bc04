"""Makes docs/reports anew: the page of a comparison, of a sentence, and pictures of both and of training runs.

    python benchmarks/pictures.py DATA RUN RUN…

Needs Debian's chromium and apertium-eng-spa. Look at the pictures afterwards.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "reports"
SET, SENTENCE = "test/flores101-devtest", "I have lost my keys."
DARK, LIGHT = 0, 1
PICTURES = {  # page, section alone (0: from the top), width, height, colours
    "flores-desk": ("flores.html", 0, 1280, 1120, LIGHT),
    "flores-words": ("flores.html", 4, 1280, 750, DARK),
    "flores-phone": ("flores.html", 0, 390, 1400, DARK),
    "looks-desk": ("looks.html", 5, 1280, 900, LIGHT),
    "keys-desk": ("keys.html", 0, 1280, 1500, LIGHT),
    "keys-phone": ("keys.html", 0, 390, 1700, LIGHT),
    "runs-desk": ("runs.html", 0, 1280, 1300, LIGHT),
}


def seq2seq(*arguments: str | Path) -> None:
    """The command, as this checkout has it."""
    subprocess.run([sys.executable, "-m", "seq2seq", *arguments], check=True, stdout=subprocess.DEVNULL)


def pages(data: Path, runs: list[Path], where: Path) -> None:
    """Writes all pages; those that are kept go to OUT."""
    src, ref = ((data / f"{SET}.{side}").absolute() for side in ("en", "es"))
    systems = [where / name for name in ("apertium.es", "greedy.es", "beam4.es")]
    with systems[0].open("wb") as file:
        subprocess.run(["apertium", "-u", "eng-spa", src], check=True, stdout=file)
    seq2seq("translate", "--input", src, "--output", systems[1], "--beam-size", "1")
    seq2seq("translate", "--input", src, "--output", systems[2], "--beam-size", "4")
    files = ("--src", src, "--ref", ref)
    seq2seq("compare", *systems, *files, "--examples", "3", "--report", where / "flores.html")
    model = ("--model", ROOT / "seq2seq" / "pretrained", "--name", "the model that ships")
    seq2seq("evaluate", *model, *files, "--report", where / "looks.html")
    seq2seq("explain", SENTENCE, "--out", where / "keys.html")
    seq2seq("report", *runs, "--out", where / "runs.html")
    (OUT / "flores.html").write_bytes((where / "flores.html").read_bytes())


def shoot(page: Path, section: int, width: int, height: int, colours: int, out: Path) -> None:
    """A picture of a page in a browser, in a palette."""
    alone = f"section:not(:nth-of-type({section})), h1, h1 + p {{ display: none }}" if section else ""
    shown = page.with_name("shown.html")
    shown.write_text(page.read_text(encoding="utf-8").replace("</style>", f"{alone}</style>"), encoding="utf-8")
    subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--blink-settings=preferredColorScheme={colours}", f"--window-size={width},{height}",
            f"--screenshot={out}", shown.as_uri(),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    Image.open(out).convert("RGB").quantize(128).save(out, optimize=True)


def main(data: Path, runs: list[Path]) -> None:
    """All of it."""
    with tempfile.TemporaryDirectory() as directory:
        pages(data, runs, Path(directory))
        for name, (page, section, width, height, colours) in PICTURES.items():
            shoot(Path(directory) / page, section, width, height, colours, OUT / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(run) for run in sys.argv[2:]])
