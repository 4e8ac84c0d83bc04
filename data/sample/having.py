"""What Spanish has or makes: hunger, an age, a name, the weather, the hour, a price, a cup of tea."""

from __future__ import annotations

from itertools import pairwise

from drawing import (
    BY_NAME,
    CITY,
    NAMED,
    PRONOUNS,
    VERB,
    WHEN,
    Draw,
    Sentence,
    draw_tense,
    nouns_with,
    person,
    phrases,
    sentence,
    somebody,
    thing,
    who_does,
    with_time,
)
from grammar import (
    FUTURE,
    HER,
    HIS,
    MY,
    OUR,
    PAST,
    PRESENT,
    PROGRESSIVE,
    SER,
    TENER,
    THAT,
    THE,
    THIS,
    YOUR,
    Phrase,
    Tense,
    join,
    marked,
    noun_phrase,
    or_es,
    question,
    statement,
)
from inflection import I, agree
from lexicon import AGES, HOURS, Verb, pairs

FEELINGS = "hungry=hambre f|thirsty=sed f|sleepy=sueño m|cold=frío m|hot=calor m|afraid=miedo m|in a hurry=prisa f"


def feeling(draw: Draw) -> Sentence:
    """I am very thirsty; are you cold?"""
    subject = somebody(draw)
    tense = draw.weighted({PRESENT: 3, PAST: 1})
    en, noun = draw.pick(pairs(FEELINGS))
    es, gender = noun.split()
    held = (en, subject.lemma)
    if draw.chance(0.2):
        return sentence(marked(question(subject, tense, TENER, Phrase(en, es)), "?"), held)
    if draw.chance(0.3) and en != "in a hurry":
        en, es = f"very {en}", f"{agree('mucho', gender, False)} {es}"
        return sentence(marked(statement(subject, tense, TENER, Phrase(en, es))), held)
    return sentence(marked(statement(subject, tense, TENER, Phrase(en, es), negative=draw.chance(0.25))), held)


def age(draw: Draw) -> Sentence:
    """Pedro is ten years old. How old is your sister?"""
    subject = draw.pick([*PRONOUNS[:4], *NAMED, person(draw)])
    if subject.plural:
        return age(draw)
    if draw.chance(0.2) and subject.person != I:
        ask = Phrase("how old", "cuántos años")
        return sentence(marked(question(subject, PRESENT, TENER, ask=ask), "?"), ("old", subject.lemma))
    en, es = draw.pick(pairs(AGES))
    old = Phrase(f"{en} years old", f"{es} años")
    return sentence(marked(statement(subject, PRESENT, TENER, old)), (en, subject.lemma))


def naming(draw: Draw) -> Sentence:
    """My brother's name is Luis. What is your name?"""
    owners = {"my": "me llamo", "your": "te llamas", "his": "él se llama", "her": "ella se llama"}
    if draw.chance(0.6):
        noun = draw.pick([noun for noun in nouns_with("kin", "animal") if "pair" not in noun.tags])
        who = noun_phrase(noun, draw.pick([MY, YOUR, OUR, HIS, HER]))
        names = [name for name in NAMED if name.gender == who.gender or not noun.human]
        if draw.chance(0.25):
            return sentence(
                marked(Phrase(f"what is {who.en}'s name", f"cómo se llama {who.es}"), "?"), (noun.en, "name")
            )
        name = draw.pick(names)
        return sentence(
            marked(Phrase(f"{who.en}'s name is {name.en}", f"{who.es} se llama {name.es}")),
            (noun.en, name.en),
        )
    mine = draw.pick(sorted(owners))
    name = draw.pick([name for name in NAMED if (mine, name.gender) not in (("his", "f"), ("her", "m"))])
    return sentence(marked(Phrase(f"{mine} name is {name.en}", f"{owners[mine]} {name.es}")), (mine, name.en))


WEATHER = phrases(
    "it is cold=hace frío|it is hot=hace calor|it is sunny=hace sol|it is windy=hace viento"
    "|it is raining=está lloviendo|it is snowing=está nevando"
    "|it is going to rain=va a llover|it is going to snow=va a nevar|it was cold=hacía frío"
    "|it was hot=hacía calor"
    "|it rained=llovió|it snowed=nevó|it will rain=lloverá|it will snow=nevará"
)


def weather_tense(weather: Phrase) -> Tense:
    if weather.en.startswith("it will") or "going to" in weather.en:
        return FUTURE
    return PROGRESSIVE if weather.en.startswith("it is") else PAST


def weather(draw: Draw) -> Sentence:
    """It is cold in Madrid. It rained yesterday."""
    it = draw.pick(WEATHER)
    tense = weather_tense(it)
    when = draw.pick([Phrase("today", "hoy"), Phrase("now", "ahora")] if tense is PROGRESSIVE else WHEN[tense])
    where = draw.pick([*CITY.values(), Phrase("the village", "el pueblo"), Phrase("the city", "la ciudad")])
    there = Phrase(f"in {where.en}", f"en {where.es}")
    pair = (it.en, where.en)
    return sentence(
        draw.pick(
            [
                marked(join(it, there)),
                marked(join(it, there, when)),
                marked(join(when, it, there)),
                marked(join(it, when)),
            ]
        ),
        pair,
    )


def hour(draw: Draw) -> Sentence:
    """It is three o'clock. The library opens at nine."""
    en, es = draw.pick([*pairs(HOURS), ("one", "una")])
    the = "la" if en == "one" else "las"
    if draw.chance(0.25):
        be, one_is, several_are = draw.pick([("is", "es", "son"), ("was", "era", "eran")])
        es_be = one_is if en == "one" else several_are
        return sentence(marked(Phrase(f"it {be} {en} o'clock", f"{es_be} {the} {es}")))
    noun, verb = (
        draw.pick([noun for noun in nouns_with("building") if "place" in noun.tags]),
        VERB[draw.pick(["open", "close"])],
    )
    subject, tense = noun_phrase(noun, THE), draw.pick([PRESENT, PRESENT, FUTURE, PAST])
    held = (noun.en, verb.en[0])
    if draw.chance(0.25):
        return sentence(marked(question(subject, tense, verb, ask=Phrase("what time", "a qué hora")), "?"), held)
    if draw.chance(0.2):
        (en, es), (next_en, next_es) = draw.pick(list(pairwise(pairs(HOURS))))
        at = Phrase(f"at {en} or {next_en}", f"a las {es} {or_es(next_es)} {next_es}")
        return sentence(marked(statement(subject, tense, verb, at)), held)
    return sentence(marked(statement(subject, tense, verb, Phrase(f"at {en}", f"a {the} {es}"))), held, (noun.en, en))


def price(draw: Draw) -> Sentence:
    """How much does the hat cost? The books cost ten euros. What color is the door?"""
    noun = draw.pick(nouns_with("clothes", "device", "fruit", "furniture", "small"))
    obj, described = thing(draw, noun, [THE, THIS, THAT], described=0.15)
    cost = Verb(("cost", "cost", "cost"), "costar", "ue", aspect="state")
    if draw.chance(0.3) and "fruit" not in noun.tags:
        asked = question(obj, PRESENT, SER, ask=Phrase("what color", "de qué color"))
        return sentence(marked(asked, "?"), ("color", noun.en), described)
    if draw.chance(0.5):
        asked = question(obj, PRESENT, cost, ask=Phrase("how much", "cuánto"))
        return sentence(marked(asked, "?"), ("cost", noun.en), described)
    en, es = draw.pick([*pairs(AGES), ("a hundred", "cien")])
    told = statement(obj, PRESENT, cost, Phrase(f"{en} euros", f"{es} euros"))
    return sentence(marked(told), ("cost", noun.en), described)


CONTAINERS = "a glass of=un vaso de|a cup of=una taza de|a bottle of=una botella de"
IN_A = {"water": [0, 2], "milk": [0, 2], "juice": [0, 2], "wine": [0, 2], "coffee": [1], "tea": [1]}


def container(draw: Draw) -> Sentence:
    """She drank a cup of tea. I want a glass of water, please."""
    drink = draw.pick(sorted(IN_A))
    en, es = pairs(CONTAINERS)[draw.pick(IN_A[drink])]
    noun, verb = BY_NAME[drink], VERB[draw.pick(["drink", "drink", "want", "buy", "bring", "prepare"])]
    if verb.en[0] == "prepare" and drink not in ("coffee", "tea"):
        verb = VERB["drink"]
    subject, cup = somebody(draw), Phrase(f"{en} {noun.en}", f"{es} {noun.es}")
    tense = draw_tense(draw, verb)
    held = (verb.en[0], noun.en), (en, noun.en), who_does(subject, verb)
    if draw.chance(0.2) and subject.person != I:
        return sentence(marked(question(subject, tense, verb, cup), "?"), *held)
    told = statement(subject, tense, verb, cup)
    return sentence(marked(with_time(draw, told, tense, verb)), *held)
