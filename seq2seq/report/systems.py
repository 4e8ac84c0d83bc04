"""Systems on a test set: their scores, where these come from, and sentences that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING

from seq2seq.comparison import TIE, Comparison, Group
from seq2seq.evaluation import Score
from seq2seq.protection import protect
from seq2seq.report.charts import Chart, Map, bars, heat_maps, histogram, intervals
from seq2seq.report.differences import marked
from seq2seq.report.page import Report, figures, labelled, page, paragraph, section, table
from seq2seq.report.tables import Table
from seq2seq.segment import split

DRAWN = (3, 16)  # words of a source whose map can be read on a page
TITLE = 60  # characters of a source over its map
if TYPE_CHECKING:  # which would load torch for an annotation
    from seq2seq.explanation import Look

RATIOS = [0.25 + tenth / 10 for tenth in range(17)]  # edges of bins, that as long as the reference is the middle of one


def report(
    found: Comparison,
    examples: int,
    looks: Mapping[int, tuple[str, Look]] = MappingProxyType({}),
    *,
    names: Sequence[str] | None = None,
) -> Report:
    """The page of a comparison, or of one system.

    examples: sentences of each kind; looks: by line, what it is an example of, and where a model looks in it; names:
    what systems are called, else their paths as short as tells them apart.
    """
    names = names or shortened(list(found.systems))
    drawn = _drawn(found, names)
    head = f"{len(found.sources):,} sentences"
    if len(names) > 1:
        head += f"; {names[0]} is what the others are compared with"
    parts = [
        paragraph(head + ".", "quiet"),
        section("Scores", *map(table, score_tables(found, names))),
        section("Charts", figures(drawn)),
        section("Figures", '<div class="flow">', *map(table, detail_tables(found, names)), "</div>"),
        *_sentences(found, names, examples),
    ]
    maps = [_map(found.sources[line], line, *what) for line, what in looks.items()]
    if maps:
        legend = (
            "The translation as the model reads it, piece by piece: rows are its pieces, columns those of the source; "
            "the first layer of the decoder."
        )
        parts.append(section("Where the model looks", paragraph(legend, "quiet"), figures(maps)))
    return Report(page(", ".join(names), parts), (*drawn, *maps))


def typical(found: Comparison, name: str) -> dict[int, str]:
    """Up to three lines of a system, and what they are, by chrF: one of its worst, the middle, one of its best.

    They are single sentences of DRAWN words, with nothing in them that stands for itself: the model read and said them
    as they are.
    """
    few, many = DRAWN
    lines = [line for line, text in enumerate(found.sources) if few <= len(text.split()) <= many and _is_plain(text)]
    lines.sort(key=lambda line: (found.sentences[name][line], line))
    places = {0: "one of the worst", len(lines) // 2: "the middle one", len(lines) - 1: "one of the best"}
    return {lines[place]: what for place, what in places.items()} if lines else {}


def _is_plain(text: str) -> bool:
    return len(split(text).sentences) == 1 and protect(text).text == text and not text.isupper()


def _map(source: str, line: int, what: str, look: Look) -> Chart:
    head = f"Line {line + 1:,}{what and ', '}{what}: {source if len(source) <= TITLE else source[:TITLE] + '…'}"
    return heat_maps(f"attention-{line + 1}", head, [Map(head, look.said, look.source, look.weights)])


def shortened(names: Sequence[str]) -> list[str]:
    """Paths without the directories that they don't need to be told apart."""
    parts = [PurePath(name).parts for name in names]
    for kept in range(1, max(map(len, parts), default=0) + 1):
        short = [str(PurePath(*some[-kept:])) for some in parts]
        if len(set(short)) == len(short):
            return short
    return list(names)


def score_table(scores: Mapping[str, Sequence[Score]], names: Sequence[str]) -> Table:
    """A row for each system: each metric with its interval, and the p-value where it was tested; signatures below."""
    [first, *_] = scores.values()
    tested = [any(column[n].p_value is not None for column in scores.values()) for n in range(len(first))]
    columns = ["system"]
    for score, has_test in zip(first, tested, strict=True):
        columns += [score.name, "p"] if has_test else [score.name]
    rows = []
    for name, row in zip(names, scores.values(), strict=True):
        cells = [name]
        for score, has_test in zip(row, tested, strict=True):
            cells.append(f"{score.value:.2f}{score.around}")
            if has_test:
                cells.append("" if score.p_value is None else f"{score.p_value:.4f}")
        rows.append(tuple(cells))
    title = "Scores" if first[0].interval is None else "Scores with 95 % intervals"
    if any(tested):
        title += f"; p: of a difference to {names[0]}"
    return Table(title, tuple(columns), tuple(rows), tuple(f"{score.name} {score.signature}" for score in first))


def score_tables(found: Comparison, names: Sequence[str]) -> list[Table]:
    """Scores, and how often each system is better than the first."""
    tables = [score_table(found.scores, names)]
    if found.duels:
        counts = [
            (name, f"{d.wins}", f"{d.ties}", f"{d.losses}")
            for name, d in zip(names[1:], found.duels.values(), strict=True)
        ]
        title = f"Sentences beside {names[0]}, by chrF"
        tables.append(Table(title, ("system", "better", "as good", "worse"), tuple(counts)))
    return tables


def detail_tables(found: Comparison, names: Sequence[str]) -> list[Table]:
    """By length, by kind, by frequency of words, and flags: what there is of these."""
    flags = sorted({flag for counts in found.flags.values() for flag in counts})
    told = [(flag, *(f"{counts.get(flag, 0)}" for counts in found.flags.values())) for flag in flags]
    tables = {
        "BLEU by length of the source": _grouped(found.lengths),
        "BLEU by kind of sentence": _grouped(found.kinds),
        "BLEU by document": _grouped(found.documents),
        "F1 of words by how often training had them": [(name, *map(_figure, values)) for name, values in found.seen],
        "Lines with flags": told,
    }
    return [Table(title, ("", *names), tuple(rows)) for title, rows in tables.items() if rows]


def document_table(documents: Sequence[Group], names: Sequence[str]) -> Table:
    """A row for each document."""
    return Table("BLEU by document", ("", *names), tuple(_grouped(documents)))


def _grouped(groups: Sequence[Group]) -> list[tuple[str, ...]]:
    return [(f"{group.name} ({group.lines})", *map(_figure, group.bleu)) for group in groups]


def _figure(value: float) -> str:
    return f"{value:.2f}"


def _drawn(found: Comparison, names: Sequence[str]) -> list[Chart]:
    """All charts that the comparison has figures for."""
    lengths = [
        (f"{group.name.split()[0]}{'+' * ('more' in group.name)}\n({group.lines})", group.bleu)
        for group in found.lengths
    ]
    kinds = [(f"{group.name}\n({group.lines})", group.bleu) for group in found.kinds]
    seen = [(f"{name.split()[0]}{'+' * ('more' in name)}", values) for name, values in found.seen]
    grouped = {
        "length": ("BLEU by words of the source (sentences)", lengths),
        "kind": ("BLEU by kind of sentence (sentences)", kinds),
        "frequency": ("F1 of words by times seen in training", seen),
    }
    drawn = [bars(name, title, groups, names) for name, (title, groups) in grouped.items() if groups]
    ratios = {
        name: _ratios(lines, found.references[0]) for name, lines in zip(names, found.systems.values(), strict=True)
    }
    sentences = dict(zip(names, found.sentences.values(), strict=True))
    measured = zip(*found.scores.values(), strict=True)
    return [
        *(intervals(column[0].name.lower(), column, names) for column in measured),
        *drawn,
        histogram("ratio", "Sentences by length", "words for each word of the reference", ratios, RATIOS),
        histogram("chrf", "Sentences by chrF", "chrF of the sentence", sentences, range(0, 101, 5)),
    ]


def _ratios(hypotheses: Sequence[str], references: Sequence[str]) -> list[float]:
    words = [(len(hyp.split()), len(ref.split())) for hyp, ref in zip(hypotheses, references, strict=True)]
    return [said / wanted for said, wanted in words if wanted]


def _sentences(found: Comparison, names: Sequence[str], examples: int) -> list[str]:
    """What gained and lost beside the first system; and the best and the worst."""
    if not examples:
        return []
    legend = f"Marked: what the {'first ' if len(found.references) > 1 else ''}reference has not."
    if len(names) > 1:
        legend += f" Underlined: what {names[0]} has not."
    shown = [paragraph(legend, "quiet")]
    for number, duel in enumerate(found.duels.values(), start=1):
        gained = [change for change in reversed(duel.changes) if change.difference > TIE][:examples]
        lost = [change for change in duel.changes if change.difference < -TIE][:examples]
        for verb, kind, changes in (("gains", "gain", gained), ("loses", "loss", lost)):
            marks = {c.line: f'<span class="{kind}">{c.difference:+.1f} chrF</span>' for c in changes}
            title = f"Where {names[number]} {verb} most beside {names[0]}"
            shown += _cards(title, [_example(found, names, [0, number], *one) for one in marks.items()])
    means = [sum(values) / len(names) for values in zip(*found.sentences.values(), strict=True)]
    ranked = sorted(range(len(means)), key=lambda line: (means[line], line))
    examples = min(examples, max(1, len(ranked) // 2))
    best = sorted(ranked[-examples:], key=lambda line: (-means[line], line))
    of_all = " by the mean of all systems" if len(names) > 1 else ""
    for title, lines in (("The worst", ranked[:examples]), ("The best", best)):
        cards = [_example(found, names, range(len(names)), line, f"{means[line]:.1f} chrF") for line in lines]
        shown += _cards(title + of_all, cards)
    return [section("Sentences", *shown)]


def _cards(title: str, cards: Sequence[str]) -> list[str]:
    return [f"<h3>{escape(title)}</h3>", '<div class="examples">', *cards, "</div>"] if cards else []


def _example(found: Comparison, names: Sequence[str], systems: Sequence[int], line: int, mark: str) -> str:
    outputs = list(found.systems.values())
    reference = found.references[0][line]
    rows = [("source", escape(found.sources[line]))]
    rows += [("reference", escape(lines[line])) for lines in found.references]
    for number in systems:
        beside = outputs[0][line] if number else None
        rows.append((names[number], marked(outputs[number][line], reference, beside)))
    return f'<article class="card"><h4>Line {line + 1:,}: {mark}</h4>{labelled(rows)}</article>'
