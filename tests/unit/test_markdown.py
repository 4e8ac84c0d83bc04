"""Markdown: what blocks say is translated, all else stays byte for byte, and no translation becomes structure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from seq2seq.formats.markdown import Markdown

ROOT = Path(__file__).parents[2]
FILES = [*ROOT.glob("*.md"), *(path for folder in ("docs", "data") for path in (ROOT / folder).rglob("*.md"))]
PAGE = """---
title: Not this
---
# A **good** day #

Read [the *long* book](b.html "Title"), run `ls *`
& rest.  See [it] or ![no](i.png).

- [ ] Buy milk
- Eat:
  1. The caf&eacute; &lt; 3
     is here.

     ```
     not this
     ```

> [!NOTE]
> First line.\x20\x20
> Second\\
> line.

| A | `c` |
|---|:-:|
| big \\| small | **x** |

<p title="not this">
The <b>door</b> is open.
</p>

Title
=====
The end[^a]. It costs $x_i$.

[^a]: A note.

[it]: https://example.org/it
"""
TEXTS = [
    "A <kept0>good</kept1> day",
    "Read <kept0>the <kept1>long</kept2> book</kept3>, run <kept4/> & rest. See <kept0>it</kept5> or <kept6/>.",
    "Buy milk",
    "Eat:",
    "The café <kept0/> 3 is here.",
    "First line.\nSecond\nline.",
    "A",
    "big | small",
    "x",
    "The <kept0>door</kept1> is open.",
    "Title",
    "The end<kept0/>. It costs <kept1/>.",
    "A note.",
]


def outline(text: str) -> list[tuple[str, str, str]]:
    """The blocks of a text, and of those that are no texts the content, of HTML the tags."""
    parser = MarkdownIt("commonmark").enable("table").use(front_matter_plugin).use(footnote_plugin, move_to_end=False)
    tokens = parser.parse(text)
    tags = {one.content: re.sub(">[^<]+<", "><", one.content) for one in tokens if one.type == "html_block"}
    return [(one.type, one.tag, "" if one.type == "inline" else tags.get(one.content, one.content)) for one in tokens]


def test_blocks_are_texts_with_what_is_kept_within_them() -> None:
    page = Markdown(PAGE)
    assert page.texts == TEXTS
    assert page.fill(TEXTS) == PAGE


def test_html_between_blocks_is_read_as_html_unless_it_is_quoted_or_broken() -> None:
    text = """\
<details>
<summary>Click <i>here</i></summary>

Hidden *text*.

</details>

<!-- not this -->
<script>not(this)</script>

> <div>not this</div>

<![CDATA[ not this
]]>
"""
    assert Markdown(text.replace("\n", "\r\n")).texts == Markdown(text).texts
    page = Markdown(text)
    assert page.texts == ["Click <kept0>here</kept1>", "Hidden <kept0>text</kept1>."]
    after = page.fill(["Pulse <kept0/>aquí<kept1/>", "Texto <kept0/>oculto<kept1/>."])
    assert after == text.replace("Click <i>here", "Pulse <i>aquí").replace("Hidden *text", "Texto *oculto")
    assert page.fill(["Pulse", "Texto"]) == text


def test_translations_take_their_places_and_nothing_else_changes() -> None:
    made = {
        "A <kept0>good</kept1> day": "Un <kept0/> buen <kept1/> día",
        TEXTS[
            1
        ]: "Lee <kept0/>el libro <kept1/>largo<kept2/><kept3/>, corre <kept4/> y ve<kept0/> lo<kept5/> o <kept6/>.",
        "Buy milk": "1. leche",
        TEXTS[4]: "# El café <kept0/> 3 está aquí, y más",
        "First line.\nSecond\nline.": "Primera.\nSegunda\nlínea.",
        "big | small": "chico | grande",
        "The <kept0>door</kept1> is open.": "La <kept0/>puerta<kept1/> está abierta.",
        "Title": "---",
        "A note.": "    - *Una* nota.",
    }
    wanted = PAGE.replace("A **good** day #", "Un **buen** día #").replace("Buy milk", "1. leche")
    wanted = wanted.replace("Read [the *long* book](", "Lee [el libro *largo*](").replace(", run `ls", ", corre\n`ls")
    wanted = wanted.replace("`\n& rest.  See [it] or", "` y ve [lo][it] o")
    wanted = wanted.replace("The caf&eacute; &lt; 3\n     is here.", "\\# El café &lt; 3 está\n     aquí, y más")
    wanted = wanted.replace("First line.  ", "Primera.  ").replace("> Second\\\n> line", "> Segunda\\\n> línea")
    wanted = wanted.replace("big \\| small", "chico \\| grande").replace("\nTitle\n", "\n\\---\n")
    wanted = wanted.replace("A note.", "\\- \\*Una\\* nota.").replace("The <b>door</b> is", "La <b>puerta</b> está")
    wanted = wanted.replace("está open", "está abierta")
    assert Markdown(PAGE).fill([made.get(text, text) for text in TEXTS]) == wanted
    assert outline(wanted) == outline(PAGE)


@pytest.mark.parametrize("lost", ["El <kept0/>buen día", "<kept0/><kept0/><kept1/>", "<kept1/>no<kept0/>", "a\nb"])
def test_a_text_whose_marks_do_not_come_back_stays_as_it_was(lost: str) -> None:
    assert Markdown("# A [good](x) day").fill([lost]) == "# A [good](x) day"


def test_lines_are_broken_where_the_source_s_are_and_as_wide() -> None:
    text = "\ufeff> * One two three\r\n> four `a b`\r\n> five.\r\n"
    made = Markdown(text).fill(["Uno dos tres cuatro y <kept0/> cinco."])
    assert made == "\ufeff> * Uno dos tres\r\n> cuatro y\r\n> `a b` cinco.\r\n"


@pytest.mark.parametrize(
    ("text", "translation", "made"),
    [
        ("a b", "1) b", "1\\) b"),
        ("a b", "> b", "\\> b"),
        ("a b", "<b> &amp; `c`", "\\<b> \\&amp; \\`c\\`"),
        ("a b", "[b]: c", "\\[b\\]: c"),
        ("a\\*b", "c*d", "c*d"),
        ("\\*a\\*", "*c*", "\\*c\\*"),
        ("# a", "b #", "# b \\#"),
        ("# a", "- b", "# - b"),
        ("a|b\n-|-", "c|d", "c\\|d|b\n-|-"),
        ("a_b", "c_d", "c_d"),
        ("a\nb", "c\nd", "a\nb"),
        ("# a|b\n|-|", "*a*|b", None),  # would be a table's head
    ],
)
def test_what_would_be_a_mark_is_escaped(text: str, translation: str, made: str | None) -> None:
    page = Markdown(text)
    assert page.fill([translation, *page.texts[1:]]) == (made or text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "```\na\n```",
        "    code",
        "<!-- a -->",
        "[a]: b",
        "12 + 3",
        "`a`",
        "![a](b)",
        "$a$",
        "a \\<kept0/> b",
    ],
)
def test_what_says_nothing_is_no_text(text: str) -> None:
    assert Markdown(text).texts == []
    assert Markdown(text).fill([]) == text


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_of_the_repository_come_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    page = Markdown(text)
    assert page.texts
    assert page.fill(page.texts) == text
    filled = page.fill([said.upper() if "<kept" not in said else said for said in page.texts])
    assert outline(filled) == outline(text)
    assert len(Markdown(filled).texts) == len(page.texts)


PARTS = ["a", "b c", " ", "  ", "\n", "\n\n", "\r\n", "\t", "    ", "- ", "1. ", "> ", "# ", "|", "|-|", "---", "==="]
PARTS += ["[", "]", "(x)", "[a]", "[a]: b", "[^1]", "[^1]: ", "!", "*", "**", "_", "`", "```", "~~", "<b>", "&amp;"]
PARTS += ["\\", "$", "é"]
SPOKEN = st.lists(st.sampled_from([*PARTS, "<kept0/>", "<kept1/>"]), max_size=8).map("".join)


@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join), st.data())
def test_any_text_comes_back_and_keeps_its_outline(text: str, data: st.DataObject) -> None:
    page = Markdown(text)
    assert page.fill(page.texts) == text
    filled = page.fill([data.draw(SPOKEN) for _ in page.texts])
    assert outline(filled) == outline(text)


@given(st.text())
def test_any_characters_come_back(text: str) -> None:
    page = Markdown(text)
    assert page.fill(page.texts) == text


def test_containers_definitions_and_templates_keep_their_lines() -> None:
    text = ":::note\nIt is red.\n:::\n\nTerm\n: Its meaning\n\n{% hint %}\nIt is big.\n{% endhint %}\n"
    made = Markdown(text)
    assert made.texts == ["It is red.", "Its meaning", "{% hint %}\nIt is big.\n{% endhint %}"]
    filled = made.fill(["Es rojo.", "Lo que es", "{% hint %}\nEs grande.\n{% endhint %}"])
    wanted = text.replace("It is red", "Es rojo").replace("Its meaning", "Lo que es")
    assert filled == wanted.replace("It is big", "Es grande")
