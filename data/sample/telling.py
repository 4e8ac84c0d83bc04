"""Nobody and nothing, and sentences within sentences: relative, reported, because, if."""

from __future__ import annotations

from doing import again_en
from drawing import (
    ADJECTIVE,
    INTRANSITIVE,
    PRONOUNS,
    TRANSITIVE,
    VERB,
    Draw,
    Sentence,
    attributes,
    draw_object,
    draw_tense,
    nouns_with,
    person,
    phrases,
    place_of,
    sentence,
    somebody,
    who_does,
    with_time,
)
from grammar import (
    ESTAR,
    FUTURE,
    GOING_TO,
    PAST,
    PERFECT,
    PRESENT,
    SER,
    TENER,
    THE,
    WANT_TO,
    Nominal,
    Phrase,
    accusative,
    join,
    marked,
    noun_phrase,
    statement,
)
from inflection import HE, YOU, agree


def nothing(draw: Draw) -> Sentence:
    """I didn't buy anything. Nobody opened the door. We don't know anybody in Madrid."""
    if draw.chance(0.35):
        verb = draw.pick([verb for verb in TRANSITIVE if verb.aspect == "event"])
        obj, described = draw_object(draw, verb, definite=True)
        nobody = Nominal("nobody", "nadie", HE, "m", "nobody")
        tense = draw_tense(draw, verb, [PAST, PERFECT, GOING_TO, WANT_TO])
        return sentence(marked(statement(nobody, tense, verb, accusative(obj))), (verb.en[0], obj.lemma), described)
    subject, somebody_ = somebody(draw), draw.chance(0.4)
    base = draw.pick(
        ["see", "help", "call", "wait_for", "know", "visit"]
        if somebody_
        else ["buy", "sell", "eat", "drink", "read", "write", "see", "find", "need", "want"]
    )
    verb = VERB[base.replace("_", " ")]
    rest = Phrase("anybody", "a nadie") if somebody_ else Phrase("anything", "nada")
    tense = draw_tense(draw, verb)
    clause = statement(subject, tense, verb, rest, negative=True)
    return sentence(
        marked(with_time(draw, clause, tense, verb, chance=0.25)),
        (verb.en[0], rest.en),
        who_does(subject, verb),
    )


def relative(draw: Draw) -> Sentence:
    """The book that Ana bought is interesting."""
    verb = draw.pick([VERB[base] for base in ["buy", "sell", "read", "write", "find", "wear", "paint"]])
    noun = draw.pick(nouns_with(draw.pick(sorted(verb.takes))))
    choices = [adjective for adjective in attributes(noun) if not adjective.before]
    if "mass" in noun.tags or not choices:
        return relative(draw)
    subject, adjective = somebody(draw), draw.pick(choices)
    head = noun_phrase(noun, THE, "pair" in noun.tags or draw.chance(0.25))
    tense = draw.pick([PERFECT, WANT_TO] if verb.en[0] == "read" else [PAST, PAST, PERFECT, WANT_TO])
    clause = statement(subject, tense, verb)
    whole = Nominal(f"{head.en} that {clause.en}", f"{head.es} que {clause.es}", head.person, head.gender)
    quality = Phrase(adjective.en, agree(adjective.es, head.gender, head.plural))
    told = statement(whole, PRESENT, SER, quality, negative=draw.chance(0.15))
    return sentence(marked(told), (verb.en[0], noun.en), (adjective.en, noun.en))


THAT_CLAUSE = phrases("I think that=creo que|I know that=sé que|he says that=él dice que|she says that=ella dice que")


SAID = [
    "tired", "sick", "busy", "happy", "sad", "ready", "tall", "kind", "intelligent", "strong", "young",
    "famous",
]  # fmt: skip


def reported(draw: Draw) -> Sentence:
    """I think that your brother is sick."""
    adjective = draw.pick([adjective for adjective in ADJECTIVE if adjective.en in SAID])
    subject = person(draw) if draw.chance(0.7) else draw.pick([PRONOUNS[YOU], PRONOUNS[-1], PRONOUNS[-2]])
    verb = ESTAR if adjective.copula == "estar" else SER
    quality = Phrase(adjective.en, agree(adjective.es, subject.gender, subject.plural))
    told = statement(subject, PRESENT, verb, quality, negative=draw.chance(0.2))
    return sentence(marked(join(draw.pick(THAT_CLAUSE), told)), (adjective.en, subject.lemma))


REASONS = {
    "tired": ("work", "run", "swim", "walk", "dance", "study"), "happy": ("dance", "work", "sleep", "rest"),
    "hungry": ("work", "run", "swim", "walk"), "thirsty": ("run", "walk", "dance"),
}  # fmt: skip


def because(draw: Draw) -> Sentence:
    """I am tired because I worked a lot."""
    subject, how = somebody(draw), draw.pick(list(REASONS))
    verb = draw.pick([verb for verb in INTRANSITIVE if verb.en[0] in REASONS[how]])
    if how in ("hungry", "thirsty"):
        left = statement(subject, PRESENT, TENER, Phrase(how, "hambre" if how == "hungry" else "sed"))
    else:
        word = "cansado" if how == "tired" else "contento"
        left = statement(subject, PRESENT, ESTAR, Phrase(how, agree(word, subject.gender, subject.plural)))
    right = statement(again_en(subject), PAST, verb, Phrase("a lot", "mucho"))
    whole = join(left, Phrase("because", "porque"), right)
    return sentence(marked(whole), (how, subject.lemma), (how, verb.en[0]))


IF = phrases(
    "if it rains=si llueve|if it snows=si nieva|if it is cold=si hace frío|if it is sunny=si hace sol"
    "|if it is hot=si hace calor"
)


def conditional(draw: Draw) -> Sentence:
    """If it rains, we will study at the library."""
    subject, condition = somebody(draw), draw.pick(IF)
    outside = "cold" not in condition.en and ("sunny" in condition.en or "hot" in condition.en)
    if outside:
        verb = draw.pick([verb for verb in INTRANSITIVE if verb.en[0] in ("swim", "walk", "run", "dance", "rest")])
    else:
        verb = draw.pick([verb for verb in INTRANSITIVE if verb.en[0] in ("study", "work")])
    tense = draw_tense(draw, verb, [FUTURE, FUTURE, GOING_TO])
    where, name = place_of(draw, verb)
    told = statement(subject, tense, verb, where)
    return sentence(
        marked(join(condition, Phrase(",", ","), told)),
        (verb.en[0], name),
        (condition.en, verb.en[0]),
        who_does(subject, verb),
    )
