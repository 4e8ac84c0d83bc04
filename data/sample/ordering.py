"""Orders to tú, with and without pronouns, and exclamations."""

from __future__ import annotations

from doing import EARLY, it
from drawing import (
    ADJECTIVE,
    DAILY,
    DEFINITE,
    GIVE,
    OBJECT_PRONOUNS,
    TRANSITIVE,
    VERB,
    Draw,
    Sentence,
    draw_object,
    nouns_with,
    sentence,
    suits,
    thing,
)
from grammar import (
    BARE,
    ESTAR,
    INDIRECT,
    MY,
    OUR,
    PRESENT,
    SER,
    THE,
    THIS,
    YOUR,
    Phrase,
    accusative,
    command,
    direct_clitic,
    join,
    marked,
    noun_phrase,
    statement,
)
from inflection import agree, article, plural_en

ORDERED = [
    verb for verb in (*TRANSITIVE, *GIVE[:1]) if not verb.state and verb.en[0] not in ("break", "lose", "see", "wear")
]
PLEASE = Phrase(", please", ", por favor")


def order(draw: Draw) -> Sentence:
    """Open the window, please. Don't drink the milk!"""
    verb = draw.pick([verb for verb in ORDERED if verb.en[0] not in ("give", "find")])
    obj, described = draw_object(draw, verb, definite=True)
    told = command(verb, accusative(obj), negative=draw.chance(0.35))
    pair = (verb.en[0], obj.lemma)
    if draw.chance(0.5):
        return sentence(marked(told, "!"), pair, described)
    return sentence(marked(join(told, PLEASE)), pair, described)


MOTIVES = [
    ("clean", "dirty", True), ("clean", "clean", False), ("wash", "dirty", True), ("wash", "clean", False),
    ("read", "interesting", True), ("read", "boring", False), ("read", "good", True),
    ("buy", "beautiful", True),
    ("buy", "cheap", True), ("buy", "expensive", False), ("open", "closed", True), ("close", "open", True),
    ("eat", "delicious", True), ("eat", "cold", False), ("drink", "cold", True), ("sell", "old", True),
    ("sing", "beautiful", True), ("sing", "bad", False),
    ("paint", "white", False), ("paint", "old", True), ("sell", "beautiful", False), ("eat", "ready", True),
]  # fmt: skip


def order_with_pronoun(draw: Draw) -> Sentence:
    """This book is good. Read it! Call me, please. Don't wait for us!"""
    negative = draw.chance(0.35)
    if draw.chance(0.45):
        verb = draw.pick([verb for verb in ORDERED if "name" in verb.takes])
        him = OBJECT_PRONOUNS[draw.pick(["me", "him", "her", "us", "them"])]
        told = command(verb, Phrase(him.en), clitic=direct_clitic(him), negative=negative)
        pair = (verb.en[0], him.en)
        return sentence(marked(told, "!") if draw.chance(0.5) else marked(join(told, PLEASE)), pair)
    base, quality, bids = draw.pick(MOTIVES)
    verb, adjective = VERB[base], next(adjective for adjective in ADJECTIVE if adjective.en == quality)
    noun = draw.pick([noun for noun in nouns_with(*verb.takes) if suits(adjective, noun)])
    obj, _ = thing(draw, noun, DEFINITE, described=0)
    said = statement(obj, PRESENT, ESTAR if adjective.copula == "estar" else SER,
                     Phrase(adjective.en, agree(adjective.es, obj.gender, obj.plural)))  # fmt: skip
    told = command(verb, it(obj), clitic=direct_clitic(obj), negative=not bids)
    return sentence(join(marked(said), marked(told, "!")), (verb.en[0], noun.en), (adjective.en, noun.en))


def order_to_give(draw: Draw) -> Sentence:
    """Give me the key! Show us the photo, please. Here is the letter. Give it to me!"""
    verb = draw.pick(GIVE)
    him = OBJECT_PRONOUNS[draw.pick(["me", "him", "her", "us", "them"])]
    obj, described = draw_object(draw, verb, definite=True)
    negative, pair = draw.chance(0.25), (verb.en[0], obj.lemma)
    if draw.chance(0.3):
        noun = draw.pick([noun for noun in nouns_with(*verb.takes) if "mass" not in noun.tags])
        obj, described = thing(draw, noun, [THE, THE, MY, YOUR])
        is_, es = ("are", "están") if obj.plural else ("is", "está")
        here = Phrase(f"here {is_} {obj.en}", f"aquí {es} {obj.es}")
        him = OBJECT_PRONOUNS[draw.pick(["him", "her", "them"])]
        told = command(verb, it(obj), Phrase(f"to {him.en}"), clitic=f"se {direct_clitic(obj)}", negative=negative)
        return sentence(join(marked(here), marked(told, "!")), (verb.en[0], noun.en), described)
    told = command(verb, Phrase(him.en), obj, clitic=INDIRECT[him.person], negative=negative)
    return sentence(marked(told, "!") if draw.chance(0.5) else marked(join(told, PLEASE)), pair, described)


def order_daily(draw: Draw) -> Sentence:
    """Get up! Don't go to bed late!"""
    verb, negative = draw.pick(DAILY), draw.chance(0.4)
    when = draw.pick([*EARLY[:2], *EARLY, Phrase("now", "ahora")])
    return sentence(marked(command(verb, when, negative=negative), "!"), (verb.en[0], when.en))


STRIKING = {
    "big", "small", "old", "expensive", "cheap", "beautiful", "tall", "interesting", "boring", "easy",
    "difficult", "long", "strong", "intelligent", "kind", "young",
}  # fmt: skip


def exclamation(draw: Draw) -> Sentence:
    """What a beautiful house! How tall your brother is!"""
    adjective = draw.pick([adjective for adjective in ADJECTIVE if adjective.en in STRIKING])
    tag = draw.pick(sorted(adjective.tags - {"name"}))
    noun = draw.pick([noun for noun in nouns_with(tag) if "mass" not in noun.tags])
    held = (adjective.en, noun.en)
    if "kin" not in noun.tags and draw.chance(0.6):
        plural = "pair" in noun.tags or draw.chance(0.2)
        bare = noun_phrase(noun, BARE, plural).es
        english = f"{adjective.en} {plural_en(noun.en) if plural else noun.en}"
        english = english if plural else f"{article(english)} {english}"
        return sentence(
            marked(Phrase(f"what {english}", f"qué {bare} tan {agree(adjective.es, noun.gender, plural)}"), "!"),
            held,
        )
    if "kin" in noun.tags:
        subject = noun_phrase(noun, draw.pick([MY, YOUR, OUR]), "pair" in noun.tags)
    else:
        subject = thing(draw, noun, [THE, THIS], described=0)[0]
    verb = Phrase("are", "son") if subject.plural else Phrase("is", "es")
    quality = agree(adjective.es, subject.gender, subject.plural)
    whole = Phrase(f"how {adjective.en} {subject.en} {verb.en}", f"qué {quality} {verb.es} {subject.es}")
    return sentence(marked(whole, "!"), held)
