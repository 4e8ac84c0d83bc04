"""Pages as a browser shows them: on a phone and on a desk, light and dark. Skipped where there is no chromium."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from test_reports import BETTER, REFERENCES, SOURCES, WORSE, explanation, log

from seq2seq.comparison import study
from seq2seq.report import runs, sentence, systems
from seq2seq.report.runs import read_runs

LONG = "unbreakable" * 12
WIDTHS = (390, 1280)
DARK, LIGHT = 0, 1
PROBE = """\
<!DOCTYPE html><meta charset="utf-8"><body>{frames}<script>
const luminance = (colour) => {{
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}};
const behind = (node, view) => {{
  for (; node; node = node.parentElement) {{
    const colour = view.getComputedStyle(node).backgroundColor;
    if (!colour.endsWith(", 0)")) return colour;
  }}
}};
addEventListener("load", () => {{
  const found = [...document.querySelectorAll("iframe")].map((frame) => {{
    const page = frame.contentDocument, view = frame.contentWindow;
    const beyond = [...page.body.querySelectorAll("*")].filter((node) =>
      !node.closest(".scroll, .flow > figure, svg") && node.getBoundingClientRect().right > view.innerWidth + 0.5);
    const texts = page.body.querySelectorAll("p, td, th, dt, dd, mark, h1, h2, h3, h4, li, span, text");
    const contrasts = [...texts].map((node) => {{
      const style = view.getComputedStyle(node);
      const one = luminance(node.tagName == "text" ? style.fill : style.color), two = luminance(behind(node, view));
      return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    }});
    return {{
      title: page.title, width: view.innerWidth, scroll: page.documentElement.scrollWidth,
      beyond: beyond.map((node) => node.outerHTML.slice(0, 200)), contrast: Math.min(...contrasts),
      seen: contrasts.length, paper: luminance(behind(page.body, view)),
    }};
  }});
  document.body.replaceChildren(JSON.stringify(found));
}});
</script>
"""


@pytest.fixture(scope="module")
def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on the path")
    return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A page of each kind, with words that are too long for a line, and a sentence that is too long for a map."""
    path = tmp_path_factory.mktemp("pages")
    made = {f"out/{LONG}.es": [*WORSE, f"Ve {LONG}"], "out/better.es": [*BETTER, "Va"]}
    found = study(made, [*SOURCES, f"Go {LONG}"], [*REFERENCES, f"¡Ve {LONG}!"])
    run = log(path / LONG, [10.0, 12.0], config=f'[data]\npath = "{LONG}"\n')
    short = explanation()
    weights = ((0.1,) * 50,) * 2
    wide = replace(short, translation=LONG, source=("▁The",) * 50, attention=(weights, weights))
    reports = {
        "systems": systems.report(found, 5),
        "runs": runs.report(read_runs([run])),
        "sentence": sentence.report(wide, LONG),
    }
    for name, report in reports.items():
        (path / f"{name}.html").write_text(report.html, encoding="utf-8")
    return [path / f"{name}.html" for name in reports]


def browse(chromium: str, profile: Path, scheme: int, *options: str) -> bytes:
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={profile}", f"--blink-settings=preferredColorScheme={scheme}", *options]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_pages_fit_and_can_be_read(chromium: str, pages: list[Path], tmp_path: Path, scheme: int) -> None:
    frames = "".join(
        f'<iframe style="width: {width}px; height: 800px; border: 0" srcdoc="{html.escape(page.read_text())}"></iframe>'
        for page in pages
        for width in WIDTHS
    )
    (tmp_path / "probe.html").write_text(PROBE.format(frames=frames))
    dom = browse(chromium, tmp_path / "profile", scheme, "--dump-dom", (tmp_path / "probe.html").as_uri())
    found = json.loads(html.unescape(re.sub(r"(?s).*<body>|</body>.*", "", dom.decode())))
    assert [one["width"] for one in found] == [*WIDTHS] * len(pages)
    for one in found:
        assert one["title"] != "seen"
        assert one["scroll"] <= one["width"], "the page scrolls sideways"
        assert one["beyond"] == []
        assert one["seen"] > 30
        assert one["contrast"] >= 4.5, "as WCAG asks of text"
        assert (one["paper"] < 0.05) == (scheme == DARK)


def test_a_screenshot_shows_the_page(chromium: str, pages: list[Path], tmp_path: Path) -> None:
    image = pytest.importorskip("matplotlib.image")
    shot = tmp_path / "shot.png"
    options = (f"--window-size={WIDTHS[0]},900", f"--screenshot={shot}", pages[0].as_uri())
    browse(chromium, tmp_path / "profile", DARK, *options)
    pixels = image.imread(shot)
    assert pixels.shape[:2] == (900, WIDTHS[0])
    assert pixels[0, 0, :3].max() < 0.2, "dark paper"
    assert pixels[:, :, :3].max() > 0.85, "light ink"
