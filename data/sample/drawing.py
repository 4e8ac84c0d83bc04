"""Drawing the parts of a sentence: who, what, where and when, each fitting the verb.

A part that makes a pair of words to hold out (noun and adjective, subject and verb) gives the pair too.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from grammar import (
    ALL_THE,
    ANOTHER,
    BARE,
    CAN,
    FUTURE,
    GOING_TO,
    HAD_TO,
    HAVE_TO,
    HER,
    HIS,
    MANY,
    MUST,
    MY,
    OUR,
    PAST,
    PERFECT,
    PRESENT,
    PROGRESSIVE,
    THAT,
    THE,
    THEIR,
    THIS,
    USED_TO,
    WANT_TO,
    WANTED_TO,
    WAS_DOING,
    YOUR,
    A,
    Determiner,
    Nominal,
    Phrase,
    Tense,
    coordinate,
    determiner,
    join,
    noun_phrase,
)
from inflection import HE, THEY, WE, YOU, I
from lexicon import (
    ADJECTIVES,
    AT,
    CITIES,
    GIVING,
    INTRANSITIVES,
    MOTIONS,
    NAMES,
    NOUNS,
    NUMBERS,
    ON,
    REFLEXIVES,
    TRANSITIVES,
    Adjective,
    Noun,
    Verb,
    pairs,
    read_adjective,
    read_noun,
    read_verb,
    rows,
)

T = TypeVar("T")
Pair = tuple[str, str]
NO_PAIR = ("", "")


@dataclass(frozen=True)
class Sentence:
    """A translation pair, and the word pairs in it that the split may hold out of training."""

    en: str
    es: str
    pairs: frozenset[Pair]


def sentence(whole: Phrase, *pairs: Pair) -> Sentence:
    return Sentence(whole.en, whole.es, frozenset(pair for pair in pairs if all(pair)))


class Draw:
    """Choices from one stream of random numbers, made from `random.Random.random` alone: it never changes."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._random.random() * len(items))]

    def weighted(self, weights: dict[T, int]) -> T:
        return self.pick([item for item, weight in weights.items() for _ in range(weight)])


# --- The lexicon, ready to draw from -----------------------------------------------------------------------

NOUN = [read_noun(*row) for row in rows(NOUNS)]
BY_NAME = {noun.en: noun for noun in NOUN}
ADJECTIVE = [read_adjective(*row) for row in rows(ADJECTIVES)]
TRANSITIVE = [read_verb(*row) for row in rows(TRANSITIVES)]
INTRANSITIVE = [read_verb(*row) for row in rows(INTRANSITIVES)]
DAILY = [read_verb(*row) for row in rows(REFLEXIVES)]
GIVE = [read_verb(*row) for row in rows(GIVING)]
MOTION = [(read_verb(*row[:3]), Phrase(row[3], row[4])) for row in rows(MOTIONS)]
VERB = {verb.en[0]: verb for verb in (*TRANSITIVE, *GIVE)}
NAMED = [Nominal(name, name, HE, gender, name, True) for name, gender in (entry.split() for entry in NAMES.split("|"))]
CITY = {en: Phrase(en, es) for en, es in pairs(CITIES)}

PRONOUNS = [
    Nominal("I", "", I), Nominal("you", "", YOU), Nominal("he", "él", HE, "m", "he", True),
    Nominal("she", "ella", HE, "f", "she", True), Nominal("we", "", WE),
    Nominal("they", "", THEY, "m", "they", True),
]  # fmt: skip
OBJECT_PRONOUNS = {
    "me": Nominal("me", "", I), "you": Nominal("you", "", YOU), "him": Nominal("him", "", HE),
    "her": Nominal("her", "", HE, "f"), "us": Nominal("us", "", WE), "them": Nominal("them", "", THEY),
}  # fmt: skip
WHO = Nominal("who", "quién", HE, "m", "who", True)

POSSESSIVES = [MY, MY, YOUR, YOUR, HIS, HER, OUR, THEIR]
SINGULAR = [THE] * 4 + [A] * 4 + [THIS, THAT, ANOTHER] + POSSESSIVES[::2]
COUNTS = [determiner(f",{en}", es) for en, es in pairs(NUMBERS)[:5]]
PLURAL = [THE] * 4 + [A, THIS, THAT, MANY, ALL_THE, MY, YOUR, OUR, *COUNTS]
DEFINITE = [THE] * 4 + [THIS, THAT, MY, YOUR]
MASS = [BARE, BARE, BARE, THE, THE, MANY]

ROAMING = {"walk", "run"}  # through a place: por el parque

# The future of few verbs, so that each form is seen often enough to be learned.
FORETOLD = {
    "ir", "volver", "llegar", "comprar", "ver", "ayudar", "visitar", "abrir", "cerrar", "trabajar",
    "estudiar", "comer", "leer", "escribir", "hablar", "llamar", "levantar",
}  # fmt: skip
ASPECTS = {
    "event": [PRESENT] * 5 + [PAST] * 6 + [FUTURE, PERFECT, PROGRESSIVE, GOING_TO] * 3
    + [WANT_TO, HAVE_TO] * 2 + [WAS_DOING, CAN, MUST, WANTED_TO, HAD_TO],
    "glance": [PRESENT] * 3 + [PAST] * 5 + [FUTURE, PERFECT, GOING_TO, WANT_TO] * 2 + [CAN, WANTED_TO],
    "accident": [PAST] * 4 + [PERFECT] * 2,
    "state": [PRESENT] * 4 + [PAST],
    "present": [PRESENT],
}  # fmt: skip
FREQUENCY = [Phrase("always", "siempre"), Phrase("never", "nunca"), Phrase("often", "a menudo")]
ALREADY = Phrase("already", "ya")


def phrases(table: str) -> list[Phrase]:
    return [Phrase(en, es) for en, es in pairs(table)]


COMING = phrases("tomorrow=mañana|next week=la semana que viene|tonight=esta noche|on Saturday=el sábado|soon=pronto")
WHEN = {
    PRESENT: phrases(
        "every day=todos los días|on Mondays=los lunes|on Sundays=los domingos|at night=por la noche"
        "|in the morning=por la mañana|on Fridays=los viernes"
    ),
    PAST: phrases(
        "yesterday=ayer|last night=anoche|last week=la semana pasada|last year=el año pasado"
        "|two days ago=hace dos días|on Saturday=el sábado"
    ),
    FUTURE: COMING,
    GOING_TO: COMING,
    PERFECT: phrases("today=hoy|this week=esta semana|this morning=esta mañana"),
    PROGRESSIVE: phrases("now=ahora"),
    HAVE_TO: phrases("tomorrow=mañana|today=hoy|now=ahora"),
    MUST: phrases("today=hoy|now=ahora"),
    WANT_TO: phrases("tomorrow=mañana|today=hoy|tonight=esta noche"),
    HAD_TO: phrases("yesterday=ayer|last week=la semana pasada"),
    USED_TO: phrases("every day=todos los días|every summer=todos los veranos|on Sundays=los domingos"),
}


# --- Drawing the parts -------------------------------------------------------------------------------------


def draw_tense(draw: Draw, verb: Verb, among: Sequence[Tense] = ()) -> Tense:
    """A tense the verb has; will only with the verbs of FORETOLD, with others going to."""
    tense = draw.pick(among or ASPECTS[verb.aspect])
    return GOING_TO if tense is FUTURE and verb.infinitive not in FORETOLD else tense


def with_time(draw: Draw, phrase: Phrase, tense: Tense, verb: Verb | None = None, chance: float = 0.4) -> Phrase:
    """Perhaps with a time, before or after; always where only the time tells the tense (I read)."""
    must = verb is not None and verb.en[0] == verb.en[1] and tense in (PRESENT, PAST)
    if tense not in WHEN or (verb and verb.state) or not (must or draw.chance(chance)):
        return phrase
    time = draw.pick(WHEN[tense])
    return join(time, phrase) if draw.chance(0.35) else join(phrase, time)


def nouns_with(*tags: str) -> list[Noun]:
    return [noun for noun in NOUN if noun.tags.intersection(tags)]


def person(draw: Draw) -> Nominal:
    """Somebody in the third person."""
    kind = draw.weighted({"name": 4, "kin": 4, "person": 3})
    if kind == "name":
        return draw.pick(NAMED)
    noun = draw.pick(nouns_with(kind))
    if kind == "kin":
        return noun_phrase(noun, draw.pick(POSSESSIVES), plural="pair" in noun.tags)
    plural = draw.chance(0.25)
    return noun_phrase(noun, draw.pick([THE, THE, THE, THIS, THAT]), plural)


def somebody(draw: Draw) -> Nominal:
    """Any subject: a pronoun, a person, or two."""
    kind = draw.weighted({"pronoun": 12, "person": 9, "two": 1})
    if kind == "pronoun":
        return draw.pick(PRONOUNS + PRONOUNS[:2] + PRONOUNS[4:])
    if kind == "person":
        return person(draw)
    left, right = draw.pick(NAMED), draw.pick([*NAMED, PRONOUNS[0]])
    return coordinate(left, right) if left != right else left


def asked_about(draw: Draw) -> Nominal:
    """A subject to ask about: not oneself."""
    subject = somebody(draw)
    return subject if subject.person != I else PRONOUNS[YOU]


def suits(adjective: Adjective, noun: Noun) -> bool:
    return bool(adjective.tags & noun.tags)


def attributes(noun: Noun) -> list[Adjective]:
    """The adjectives said directly of a noun: those of ser, and cold of a drink."""
    fitting = [adjective for adjective in ADJECTIVE if suits(adjective, noun)]
    cold = "cold" if "drink" in noun.tags else ""
    return [adjective for adjective in fitting if adjective.copula != "estar" or adjective.en == cold]


def thing(
    draw: Draw, noun: Noun, which: Sequence[Determiner] | None = None, described: float = 0.25
) -> tuple[Nominal, Pair]:
    """A noun phrase about a noun, and its pair of noun and adjective (empty without one)."""
    if "building" in noun.tags and which is DEFINITE:
        which = [THE, THE, THIS]
    if "wild" in noun.tags:
        which = [THE, THE, THIS, THAT]
    plural = "pair" in noun.tags or ("mass" not in noun.tags and draw.chance(0.3))
    if "mass" in noun.tags:
        which = [THE, THE, THIS] if which is DEFINITE else MASS
    elif which is None:
        which = PLURAL if plural else SINGULAR
    elif A in which and plural:
        which = [THE]
    choices = [] if "kin" in noun.tags else attributes(noun)
    adjective = draw.pick(choices) if choices and draw.chance(described) else None
    nominal = noun_phrase(noun, draw.pick(which), plural, adjective)
    return nominal, (adjective.en, noun.en) if adjective else NO_PAIR


def draw_object(draw: Draw, verb: Verb, definite: bool = False, besides: str = "") -> tuple[Nominal, Pair]:
    """Something the verb can be done to, and not by itself: `besides` is the lemma of the subject."""
    obj, described = draw_any_object(draw, verb, definite)
    return draw_object(draw, verb, definite, besides) if obj.lemma == besides else (obj, described)


def draw_any_object(draw: Draw, verb: Verb, definite: bool) -> tuple[Nominal, Pair]:
    tag = draw.pick(sorted(verb.takes))
    if tag == "name":
        return draw.pick(NAMED), NO_PAIR
    noun = draw.pick(nouns_with(tag))
    if "kin" in noun.tags:
        return noun_phrase(noun, draw.pick([MY, YOUR, OUR, HIS, HER]), "pair" in noun.tags), NO_PAIR
    if noun.human or noun.tags & {"instrument", "sight", "room", "building"} or "ache" in noun.tags:
        return thing(draw, noun, [THE, THE, THE, THIS, THAT])
    return thing(draw, noun, DEFINITE if definite else None)


def who_does(subject: Nominal, verb: Verb) -> Pair:
    """Held out only for third persons: their verb forms are seen with other subjects."""
    return (subject.lemma, verb.en[0]) if subject.person in (HE, THEY) else NO_PAIR


def place(noun: Noun, preposition_es: str = "en") -> Phrase:
    """In, at or on a place."""
    preposition = "on" if noun.en in ON else "at" if noun.en in AT else "in"
    where = noun_phrase(noun, THE)
    return Phrase(f"{preposition} {where.en}", f"{preposition_es} {where.es}")


def place_of(draw: Draw, verb: Verb) -> tuple[Phrase, str]:
    name = draw.pick(sorted(verb.takes))
    if name in CITY:
        return Phrase(f"in {name}", f"en {CITY[name].es}"), name
    return place(BY_NAME[name], "por" if verb.en[0] in ROAMING else "en"), name
