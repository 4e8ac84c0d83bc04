"""Sentences about what is: qualities, places, professions, belongings, comparisons, likes and aches."""

from __future__ import annotations

import re

from drawing import (
    ADJECTIVE,
    BY_NAME,
    COUNTS,
    DEFINITE,
    INTRANSITIVE,
    NAMED,
    PRONOUNS,
    TRANSITIVE,
    Draw,
    Pair,
    Sentence,
    attributes,
    nouns_with,
    person,
    phrases,
    place,
    place_of,
    sentence,
    somebody,
    suits,
    thing,
)
from grammar import (
    ANOTHER,
    BARE,
    ESTAR,
    INDIRECT,
    MANY,
    MY,
    PAST,
    PRESENT,
    SER,
    THE,
    THIS,
    YOUR,
    A,
    Nominal,
    Phrase,
    Tense,
    join,
    marked,
    noun_phrase,
    question,
    statement,
)
from inflection import HE, I, agree, compare, feminine, plural_en, plural_es
from lexicon import COUNTRIES, Adjective, Noun, Verb, pairs

VERY, TOO = Phrase("very", "muy"), Phrase("too", "demasiado")
EXCESSIVE = [
    "big", "small", "expensive", "long", "difficult", "boring", "young", "short", "tired", "busy", "cold",
    "hot", "old",
]  # fmt: skip
UNGRADED = [
    "open", "closed", "delicious", "ready", "Spanish", "French", "English", "red", "white", "black",
    "green", "blue",
]  # fmt: skip


def describing(draw: Draw) -> Sentence:
    """The house is very big; my sisters are tired; is the soup hot?"""
    adjective = draw.pick([adjective for adjective in ADJECTIVE if adjective.copula != "never"])
    subject = described_subject(draw, adjective)
    verb = ESTAR if adjective.copula == "estar" else SER
    tense = draw.weighted({PRESENT: 4, PAST: 1}) if verb is ESTAR else PRESENT
    quality = Phrase(adjective.en, agree(adjective.es, subject.gender, subject.plural))
    held = (adjective.en, subject.lemma)
    if draw.chance(0.2):
        return sentence(marked(question(subject, tense, verb, quality), "?"), held)
    negative = draw.chance(0.2)
    degree = draw_degree(draw, adjective) if not negative else Phrase()
    return sentence(marked(statement(subject, tense, verb, degree, quality, negative=negative)), held)


def draw_degree(draw: Draw, adjective: Adjective) -> Phrase:
    """Nothing, very or too, as the adjective allows."""
    if adjective.en in UNGRADED or draw.chance(0.6):
        return Phrase()
    return draw.pick([VERY, TOO] if adjective.en in EXCESSIVE else [VERY])


def described_subject(draw: Draw, adjective: Adjective) -> Nominal:
    """Somebody or something that can be so."""
    tag = draw.pick(sorted(adjective.tags))
    if tag in ("person", "kin", "name"):
        return somebody(draw) if adjective.en not in ("famous", "great") else person(draw)
    noun = draw.pick(nouns_with(tag))
    if noun.human:
        return person(draw)
    return thing(draw, noun, DEFINITE, described=0)[0]


BESIDE = phrases(
    "under=debajo de|behind=detrás de|next to=al lado de|near=cerca de|in front of=delante de|far from=lejos de"
)


def location(draw: Draw) -> Sentence:
    """The hotel is next to the station; where is the cat?"""
    kind = draw.weighted({"building": 4, "small": 3, "person": 3})
    if kind == "building":
        noun, near = draw.pick(nouns_with("building")), draw.pick(nouns_with("building", "place"))
        if noun == near:
            return location(draw)
        subject, where = noun_phrase(noun, THE), join(draw.pick(BESIDE[2:]), noun_phrase(near, THE))
    elif kind == "small":
        noun, near = draw.pick(nouns_with("small", "pet")), draw.pick(nouns_with("surface"))
        subject = thing(draw, noun, [THE, THE, MY, YOUR], described=0.1)[0]
        where = join(draw.pick([Phrase("on", "sobre"), *BESIDE[:4]]), noun_phrase(near, THE))
    else:
        dry = [noun for noun in nouns_with("building", "place") if noun.en not in ("river", "sea")]
        subject, near = somebody(draw), draw.pick(dry)
        where = place(near)
    tense = draw.weighted({PRESENT: 4, PAST: 1})
    held = (subject.lemma, near.en)
    if draw.chance(0.2):
        return sentence(marked(question(subject, tense, ESTAR, ask=Phrase("where", "dónde")), "?"))
    if draw.chance(0.15):
        return sentence(marked(question(subject, tense, ESTAR, where), "?"), held)
    return sentence(marked(statement(subject, tense, ESTAR, where, negative=draw.chance(0.1))), held)


def existence(draw: Draw) -> Sentence:
    """There are three apples on the table; there is a church in the village; is there milk?"""
    if draw.chance(0.6):
        noun, spot = (
            draw.pick(nouns_with("fruit", "small", "readable", "clothes")),
            draw.pick(nouns_with("surface")),
        )
        spot = BY_NAME["table"] if "fruit" in noun.tags else spot
        where = join(Phrase("on", "sobre"), noun_phrase(spot, THE))
    else:
        noun, spot = (
            draw.pick(nouns_with("building")),
            draw.pick([BY_NAME["village"], BY_NAME["city"], BY_NAME["street"]]),
        )
        where = place(spot)
    plural = "pair" in noun.tags or draw.chance(0.5)
    adjectives = attributes(noun)
    adjective = draw.pick(adjectives) if adjectives and draw.chance(0.25) else None
    what = noun_phrase(noun, draw.pick([A, MANY, *COUNTS]) if plural else draw.pick([A, A, ANOTHER]), plural, adjective)
    past, ask, negative = draw.chance(0.2), draw.chance(0.2), draw.chance(0.1)
    be = ("were" if past else "are") if plural else ("was" if past else "is")
    hay = "había" if past else "hay"
    held = (noun.en, spot.en), (adjective.en, noun.en) if adjective else ("", "")
    if ask:
        return sentence(marked(join(Phrase(f"{be} there", hay), what, where), "?"), *held)
    if negative:
        none = noun_phrase(noun, BARE, plural=True)
        return sentence(
            marked(join(Phrase(f"there {'were' if past else 'are'} no", f"no {hay}"), none, where)), held[0]
        )
    return sentence(marked(join(Phrase(f"there {be}", hay), what, where)), *held)


def profession(draw: Draw) -> Sentence:
    """My sister is a teacher; he is a good doctor; where are they from? we are from Peru."""
    subject = somebody(draw)
    if draw.chance(0.35):
        if draw.chance(0.3):
            whence = Phrase("where", "de dónde")
            return sentence(marked(join(question(subject, PRESENT, SER, ask=whence), Phrase("from")), "?"))
        en, es = draw.pick(pairs(COUNTRIES))
        native = Phrase(f"from {en}", f"de {es}")
        return sentence(
            marked(statement(subject, PRESENT, SER, native, negative=draw.chance(0.15))), (subject.lemma, en)
        )
    noun = draw.pick(nouns_with("job"))
    if subject.gender == "f":
        noun = Noun(noun.en, feminine(noun.es), "f", noun.tags)
    job: Phrase = noun_phrase(noun, A)
    if subject.plural:
        job = noun_phrase(noun, BARE, plural=True)
    elif draw.chance(0.3):
        praise = draw.pick([adjective for adjective in ADJECTIVE if adjective.en in ("good", "great", "famous")])
        job = noun_phrase(noun, A, adjective=praise)
    else:
        job = Phrase(job.en, noun.es)
    held = (subject.lemma, noun.en)
    if draw.chance(0.15):
        return sentence(marked(question(subject, PRESENT, SER, job), "?"), held)
    return sentence(marked(statement(subject, PRESENT, SER, job, negative=draw.chance(0.15))), held)


def whose(draw: Draw) -> Sentence:
    """Ana's car is red; this is my brother's house; whose book is this?"""
    owner, noun = person(draw), draw.pick(nouns_with("small", "device", "clothes", "readable"))
    owner = owner if not owner.plural else draw.pick(NAMED)
    plural = "pair" in noun.tags or draw.chance(0.25)
    owned, bare = noun_phrase(noun, THE, plural), noun_phrase(noun, BARE, plural)
    of = Nominal(f"{owner.en}'s {bare.en}", f"{owned.es} de {owner.es}", owned.person, owned.gender, owned.lemma)
    held = (owner.lemma, noun.en)
    if draw.chance(0.25):
        this = noun_phrase(noun, THIS, plural)
        asked = join(question(this, PRESENT, SER, ask=Phrase("whose", "de quién")))
        return sentence(marked(asked, "?"), (noun.en, "whose"))
    if draw.chance(0.35):
        these = Phrase("these", agree("este", noun.gender, True)) if plural else Phrase("this", this_es(noun))
        return sentence(marked(join(these, Phrase("are", "son") if plural else Phrase("is", "es"), of)), held)
    adjective = draw.pick([adjective for adjective in attributes(noun) if adjective.copula == "ser"])
    quality = Phrase(adjective.en, agree(adjective.es, noun.gender, plural))
    told = statement(of, PRESENT, SER, quality, negative=draw.chance(0.15))
    return sentence(marked(told), held, (adjective.en, noun.en))


def this_es(noun: Noun) -> str:
    return "esta" if noun.gender == "f" else "este"


def comparing(draw: Draw) -> Sentence:
    """Ana is taller than Pedro; this car is as expensive as my house."""
    adjective = draw.pick([adjective for adjective in ADJECTIVE if adjective.en in COMPARABLE])
    people = adjective.tags & {"person"}
    if people:
        left, right = person(draw), person(draw)
    else:
        tag = draw.pick(sorted(adjective.tags))
        one, two = (
            draw.pick([noun for noun in nouns_with(tag) if "pair" not in noun.tags] or nouns_with(tag)) for _ in "12"
        )
        owned = [] if "building" in one.tags | two.tags else [MY, YOUR]
        left, right = (noun_phrase(noun, draw.pick([THE, THIS, *owned])) for noun in (one, two))
    if left.lemma == right.lemma:
        return comparing(draw)
    quality = agree(adjective.es, left.gender, left.plural)
    if draw.chance(0.7):
        more = {"good": "mejor", "bad": "peor"}.get(adjective.en)
        spanish = (plural_es(more) if left.plural else more) if more else f"más {quality}"
        degree = Phrase(compare(adjective.en)[0] + " than", spanish + " que")
    else:
        degree = Phrase(f"as {adjective.en} as", f"tan {quality} como")
    held = (adjective.en, left.lemma)
    if draw.chance(0.15):
        return sentence(marked(question(left, PRESENT, SER, degree, right), "?"), held)
    return sentence(marked(statement(left, PRESENT, SER, degree, right, negative=draw.chance(0.1))), held)


SUPERLATIVE = [
    "big", "small", "new", "old", "expensive", "cheap", "tall", "short", "intelligent", "strong",
]  # fmt: skip
COMPARABLE = [*SUPERLATIVE, "interesting", "boring", "easy", "difficult", "good"]


def superlative(draw: Draw) -> Sentence:
    """Óscar is the tallest boy in the school; this is the most expensive car in the store."""
    adjective = draw.pick([adjective for adjective in ADJECTIVE if adjective.en in SUPERLATIVE])
    if "person" in adjective.tags:
        subject = draw.pick(NAMED)
        noun = BY_NAME["girl" if subject.gender == "f" else "boy"]
        start = statement(subject, PRESENT, SER)
        within = draw.pick([BY_NAME["school"], BY_NAME["village"]])
    else:
        kinds = nouns_with("device", "clothes", "building")
        noun = draw.pick([noun for noun in kinds if suits(adjective, noun) and "pair" not in noun.tags])
        start = Phrase("this is", f"{this_es(noun)} es")
        within = BY_NAME["city" if "building" in noun.tags else "store"]
    one, at = noun_phrase(noun, THE), noun_phrase(within, THE)
    best = f"{one.es} más {agree(adjective.es, noun.gender, plural=False)} de {at.es}"
    superlative = Phrase(f"the {compare(adjective.en)[1]} {noun.en} in {at.en}", best)
    return sentence(marked(join(start, superlative)), (adjective.en, noun.en))


# --- Feeling -----------------------------------------------------------------------------------------------


def experiencer(draw: Draw) -> tuple[Nominal, Phrase, str]:
    """Somebody, the Spanish a-phrase that names them, and their clitic: (she, a ella, le)."""
    subject = somebody(draw)
    named = f"a {subject.es}" if subject.es else ""
    if " and " in subject.lemma:
        named = re.sub(" [ye] ", " y a ", named).replace(" yo", " mí")
    return subject, Phrase("", named), INDIRECT[subject.person]


def liking(draw: Draw) -> Sentence:
    """I like coffee; do you like cats? she doesn't like to swim; we liked the movie."""
    subject, named, clitic = experiencer(draw)
    like = Verb(("like", "liked", "liked"), "gustar")
    kind = draw.weighted({"things": 5, "this": 2, "doing": 3})
    negative = draw.chance(0.25)
    tense = PRESENT
    pair: Pair = ("", "")
    if kind == "doing":
        what, pair = liked_activity(draw)
    elif kind == "things":
        noun = draw.pick(nouns_with("edible", "drink", "animal", "readable", "sent"))
        mass = "mass" in noun.tags
        what = noun_phrase(noun, THE, plural=not mass)
        what = Nominal(noun.en if mass else plural_en(noun.en), what.es, what.person)
        pair = ("like", noun.en)
    else:
        noun = draw.pick(nouns_with("film", "readable", "song", "sight", "clothes"))
        what, pair = noun_phrase(noun, draw.pick([THE, THIS]), plural="pair" in noun.tags), ("like", noun.en)
        tense = draw.pick([PRESENT, PAST])
        if draw.chance(0.3) and not negative:
            like = Verb(("love", "loved", "loved"), "encantar")
    return felt(draw, subject, named, clitic, like, tense, what, negative, pair)


def liked_activity(draw: Draw) -> tuple[Nominal, Pair]:
    verb = draw.pick([verb for verb in TRANSITIVE if verb.en[0] in ("read", "cook", "listen to", "play", "visit")])
    if draw.chance(0.5):
        verb = draw.pick([verb for verb in INTRANSITIVE if verb.en[0] not in ("live", "wait", "eat", "sing")])
        where, name = place_of(draw, verb)
        return Nominal(f"to {verb.en[0]} {where.en}", f"{verb.es} {where.es}"), (verb.en[0], name)
    tag = draw.pick(sorted(verb.takes - {"name", "kin", "person"}))
    noun = draw.pick(nouns_with(tag))
    plural = tag != "instrument" and "mass" not in noun.tags
    what = noun_phrase(noun, THE if tag in ("instrument", "sight") else BARE, plural)
    return Nominal(f"to {verb.en[0]} {what.en}", f"{verb.es} {what.es}"), (verb.en[0], noun.en)


def felt(
    draw: Draw, subject: Nominal, named: Phrase, clitic: str, verb: Verb, tense: Tense, what: Nominal,
    negative: bool, pair: Pair,
) -> Sentence:  # fmt: skip
    """English has the person as subject, Spanish the thing: A Ana le gustan los gatos."""
    asked = draw.chance(0.2) and subject.person != I and not negative
    if asked:
        english = question(subject, tense, verb, what).en
    else:
        english = statement(subject, tense, verb, what, negative=negative).en
    spanish = statement(Nominal("", named.es, what.person), tense, verb, clitic=clitic, negative=negative)
    whole = Phrase(english, f"{spanish.es} {what.es}")
    return sentence(marked(whole, "?" if asked else "."), pair, (subject.lemma, verb.en[0]) if named.es else ("", ""))


def aching(draw: Draw) -> Sentence:
    """My head hurts; Ana's feet don't hurt."""
    noun = draw.pick(nouns_with("ache"))
    plural = "pair" in noun.tags
    owner = draw.pick([*PRONOUNS[:4], *NAMED])
    its = {"I": "my", "you": "your", "he": "his", "she": "her"}.get(owner.en, f"{owner.en}'s")
    part, body = noun_phrase(noun, BARE, plural), noun_phrase(noun, THE, plural)
    named = "" if owner.person != HE else f"a {owner.es}"
    english = Nominal(f"{its} {part.en}", named, body.person)
    hurt = Verb(("hurt", "hurt", "hurt"), "doler", "ue")
    clause = statement(
        english, PRESENT, hurt, Phrase("", body.es), clitic=INDIRECT[owner.person], negative=draw.chance(0.15)
    )
    return sentence(marked(clause), ("hurt", noun.en), (owner.lemma, noun.en))
