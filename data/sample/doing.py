"""Sentences in which somebody does something, to something, to somebody, or to it."""

from __future__ import annotations

from drawing import (
    ALREADY,
    CITY,
    DAILY,
    FREQUENCY,
    GIVE,
    INTRANSITIVE,
    MOTION,
    OBJECT_PRONOUNS,
    PRONOUNS,
    TRANSITIVE,
    VERB,
    WHEN,
    WHO,
    Draw,
    Pair,
    Sentence,
    asked_about,
    draw_object,
    draw_tense,
    nouns_with,
    person,
    phrases,
    place_of,
    sentence,
    somebody,
    thing,
    who_does,
    with_time,
)
from grammar import (
    CAN,
    ESTAR,
    FUTURE,
    GOING_TO,
    HAVE_TO,
    INDIRECT,
    MY,
    PAST,
    PERFECT,
    PRESENT,
    PROGRESSIVE,
    THE,
    THIS,
    USED_TO,
    WANT_TO,
    YOUR,
    A,
    Nominal,
    Phrase,
    accusative,
    and_es,
    direct_clitic,
    join,
    marked,
    noun_phrase,
    question,
    statement,
)
from inflection import HE, THEY, WE, YOU, I, agree, plural_en, plural_es
from lexicon import HOURS, LANGUAGES, Noun, Verb, pairs


def transitive(draw: Draw) -> Sentence:
    """Ana bought a red hat yesterday."""
    verb, subject = draw.pick(TRANSITIVE), somebody(draw)
    tense = draw_tense(draw, verb)
    negative = draw.chance(0.2)
    obj, described = draw_object(draw, verb, definite=negative, besides=subject.lemma)
    adverb = Phrase()
    if not negative and not verb.state and draw.chance(0.3):
        adverb = draw.pick(FREQUENCY) if tense is PRESENT else ALREADY if tense is PERFECT else adverb
    clause = statement(subject, tense, verb, accusative(obj), negative=negative, adverb=adverb)
    if not adverb.en or (tense is PRESENT and verb.en[0] == verb.en[1]):
        clause = with_time(draw, clause, tense, verb)
    return sentence(marked(clause), (verb.en[0], obj.lemma), described, who_does(subject, verb))


def transitive_question(draw: Draw) -> Sentence:
    """Did you find the keys?"""
    verb, subject = draw.pick(TRANSITIVE), somebody(draw)
    if subject.person == I and verb.aspect != "event":
        subject = PRONOUNS[YOU]
    tense = CAN if subject.person == I else draw_tense(draw, verb)
    obj, described = draw_object(draw, verb, definite=True, besides=subject.lemma)
    asked = question(subject, tense, verb, accusative(obj))
    if draw.chance(0.25) and tense in (PAST, FUTURE, GOING_TO):
        asked = join(asked, draw.pick(WHEN[tense]))
    return sentence(marked(asked, "?"), (verb.en[0], obj.lemma), described, who_does(subject, verb))


WHY = [Phrase("why", "por qué"), Phrase("when", "cuándo"), Phrase("where", "dónde")]
EVENTS = [verb for verb in TRANSITIVE if verb.aspect == "event"]
ASKING = [PRESENT, PAST, PAST, FUTURE, GOING_TO, WANT_TO, HAVE_TO]


def wh_question(draw: Draw) -> Sentence:
    """Why did Pedro sell the car?"""
    verb, subject = draw.pick(EVENTS), asked_about(draw)
    obj, described = draw_object(draw, verb, definite=True, besides=subject.lemma)
    asked = question(subject, draw_tense(draw, verb, ASKING), verb, accusative(obj), ask=draw.pick(WHY))
    return sentence(marked(asked, "?"), (verb.en[0], obj.lemma), described, who_does(subject, verb))


WHAT = {
    "buy", "sell", "eat", "drink", "read", "write", "look for", "find", "cook", "prepare", "paint",
    "bring", "repair",
}  # fmt: skip


def what_question(draw: Draw) -> Sentence:
    """What are you reading? Who did Ana visit? Which dress did she buy?"""
    verb, subject = draw.pick(EVENTS), asked_about(draw)
    tense = draw_tense(draw, verb, [PAST, PAST, PERFECT, PROGRESSIVE, FUTURE, GOING_TO, WANT_TO])
    things = sorted(verb.takes - {"person", "kin", "name"})
    pair: Pair = ("", "")
    if "name" in verb.takes and draw.chance(0.6):
        ask = Phrase("who", "a quién")
    elif draw.chance(0.4) or verb.en[0] not in WHAT:
        if not things:
            return what_question(draw)
        noun = draw.pick([noun for noun in nouns_with(draw.pick(things)) if not noun.human])
        ask, pair = which_or_how_many(draw, noun), (verb.en[0], noun.en)
    else:
        ask = Phrase("what", "qué")
    return sentence(marked(question(subject, tense, verb, ask=ask), "?"), pair, who_does(subject, verb))


def which_or_how_many(draw: Draw, noun: Noun) -> Phrase:
    if "mass" in noun.tags:
        return Phrase(f"how much {noun.en}", f"{agree('cuánto', noun.gender, False)} {noun.es}")
    if "pair" in noun.tags or draw.chance(0.4):
        return Phrase(f"how many {plural_en(noun.en)}", f"{agree('cuánto', noun.gender, True)} {plural_es(noun.es)}")
    return Phrase(f"which {noun.en}", f"qué {noun.es}")


def who_question(draw: Draw) -> Sentence:
    """Who broke the cup?"""
    verb = draw.pick(TRANSITIVE)
    tense = draw_tense(draw, verb)
    obj, described = draw_object(draw, verb, definite=True)
    asked = statement(WHO, tense, verb, accusative(obj))
    return sentence(marked(asked, "?"), (verb.en[0], obj.lemma), described)


HABITS = {"live", "work", "study", "eat"}


def intransitive(draw: Draw) -> Sentence:
    """My brother works in a hospital; where does he work?"""
    verb, subject = draw.pick(INTRANSITIVE), somebody(draw)
    where, name = place_of(draw, verb)
    if draw.chance(0.2) and subject.person != I:
        asked = question(subject, draw_tense(draw, verb, ASKING), verb, ask=Phrase("where", "dónde"))
        return sentence(marked(asked, "?"), who_does(subject, verb))
    if draw.chance(0.2) and subject.person != I:
        asked = question(subject, draw_tense(draw, verb), verb, where)
        return sentence(marked(asked, "?"), (verb.en[0], name), who_does(subject, verb))
    negative = draw.chance(0.15)
    tense = USED_TO if not negative and verb.en[0] in HABITS and draw.chance(0.3) else draw_tense(draw, verb)
    clause = with_time(draw, statement(subject, tense, verb, where, negative=negative), tense, verb)
    return sentence(marked(clause), (verb.en[0], name), who_does(subject, verb))


def motion(draw: Draw) -> Sentence:
    """We will go to the beach tomorrow."""
    (verb, link), subject = draw.pick(MOTION), somebody(draw)
    tense = draw_tense(draw, verb, [PRESENT, PAST, FUTURE, GOING_TO, PERFECT, WANT_TO, HAVE_TO])
    noun = draw.pick(nouns_with("place"))
    where = join(link, noun_phrase(noun, THE))
    if verb.en[0] == "go" and draw.chance(0.25):
        city = draw.pick(list(CITY.values()))
        where, noun = join(link, city), Noun(city.en, city.es, "m", frozenset())
    pair, doing = (verb.en[0], noun.en), who_does(subject, verb)
    if draw.chance(0.2) and subject.person != I:
        ask = draw.pick([Phrase(), Phrase("when", "cuándo"), Phrase("why", "por qué")])
        return sentence(
            marked(question(subject, draw_tense(draw, verb, ASKING), verb, where, ask=ask), "?"), pair, doing
        )
    negative = draw.chance(0.15)
    clause = statement(subject, tense, verb, where, negative=negative)
    return sentence(marked(with_time(draw, clause, tense, verb)), pair, doing)


EARLY = phrases("early=temprano|late=tarde|at one=a la una") + [
    Phrase(f"at {en}", f"a las {es}") for en, es in pairs(HOURS)
]


def daily(draw: Draw) -> Sentence:
    """I want to get up at seven."""
    verb, subject = draw.pick(DAILY), somebody(draw)
    tense = draw_tense(draw, verb, [PRESENT, PRESENT, PAST, PAST, FUTURE, GOING_TO, WANT_TO, HAVE_TO, PERFECT])
    doing = who_does(subject, verb)
    if draw.chance(0.15) and subject.person != I:
        ask = Phrase("what time", "a qué hora")
        return sentence(marked(question(subject, draw_tense(draw, verb, ASKING), verb, ask=ask), "?"), doing)
    clause = statement(subject, tense, verb, draw.pick(EARLY), negative=draw.chance(0.1))
    if tense is PRESENT and draw.chance(0.3):
        clause = join(clause, draw.pick(WHEN[PRESENT][:3]))
    elif tense is not PRESENT:
        clause = with_time(draw, clause, tense, chance=0.3)
    return sentence(marked(clause), (verb.en[0], tense.name), doing)


def language(draw: Draw) -> Sentence:
    """They speak French and Italian; Inés wants to learn English."""
    en, es = draw.pick(["speak spoke spoken=hablar", "learn=aprender", "study=estudiar"]).split("=")
    base = en.split()[0]
    verb = Verb((base, "spoke", "spoken") if base == "speak" else (base, "", ""), es)
    subject = somebody(draw)
    (first, primera), (second, segunda) = draw.pick(pairs(LANGUAGES)), draw.pick(pairs(LANGUAGES))
    tongue = Phrase(first, primera)
    if first != second and draw.chance(0.5):
        tongue = Phrase(f"{first} and {second}", f"{primera} {and_es(segunda)} {segunda}")
    tense = draw_tense(draw, verb, [PRESENT, PRESENT, PRESENT, CAN, WANT_TO, HAVE_TO, GOING_TO, FUTURE])
    held = (base, first), who_does(subject, verb)
    if draw.chance(0.25) and subject.person != I:
        return sentence(marked(question(subject, tense, verb, tongue), "?"), *held)
    return sentence(marked(statement(subject, tense, verb, tongue, negative=draw.chance(0.2))), *held)


# --- Pronouns ----------------------------------------------------------------------------------------------

ACQUAINTED = [verb for verb in TRANSITIVE if "name" in verb.takes]


def pronoun_object(draw: Draw) -> Sentence:
    """The teacher is going to help us."""
    verb, subject = draw.pick(ACQUAINTED), somebody(draw)
    choices = [name for name, it in OBJECT_PRONOUNS.items() if clear(subject.person, it.person)]
    him = OBJECT_PRONOUNS[draw.pick(choices)]
    tense = draw_tense(draw, verb)
    negative, held = draw.chance(0.2), ((verb.en[0], him.en), who_does(subject, verb))
    if draw.chance(0.2) and subject.person != I:
        return sentence(marked(question(subject, tense, verb, Phrase(him.en), clitic=direct_clitic(him)), "?"), *held)
    clause = statement(subject, tense, verb, Phrase(him.en), clitic=direct_clitic(him), negative=negative)
    return sentence(marked(with_time(draw, clause, tense, verb, chance=0.3)), *held)


def clear(subject: int, obj: int) -> bool:
    """Nobody sees themselves: I … us and we … me make no sense either."""
    return subject not in (I, WE) or obj not in (I, WE) if subject != YOU else obj != YOU


def it(nominal: Nominal) -> Phrase:
    return Phrase("them" if nominal.plural else "it")


AFTERWARDS = [
    ("buy", "read"), ("buy", "eat"), ("write", "send"), ("open", "close"), ("look for", "find"),
    ("cook", "eat"), ("break", "repair"), ("find", "sell"), ("find", "open"), ("prepare", "drink"),
    ("buy", "drink"),
    ("clean", "sell"), ("wash", "eat"), ("find", "bring"),
]  # fmt: skip


def antecedent(draw: Draw) -> Sentence:
    """Ana looked for the keys, but she didn't find them."""
    first, then = draw.pick(AFTERWARDS)
    one, other = VERB[first], VERB[then]
    both = [noun for noun in nouns_with(*one.takes) if noun.tags & other.takes and not noun.human]
    noun = draw.pick(both)
    which = [THE, MY] if first in ("look for", "open", "clean", "wash", "break") else [A, THE]
    obj, described = thing(draw, noun, which if "mass" not in noun.tags else [THE], described=0.15)
    subject = somebody(draw)
    again = again_en(subject)
    accident = "accident" in (one.aspect, other.aspect)
    tense = draw.pick([PAST, PERFECT] if accident else [PAST, PAST, PAST, PERFECT, GOING_TO, GOING_TO, WANT_TO])
    but = draw.chance(0.35)
    left = statement(subject, tense, one, obj)
    right = statement(again, tense, other, it(obj), clitic=direct_clitic(obj), negative=but)
    link = Phrase(", but", ", pero") if but else Phrase("and", and_es(right.es))
    return sentence(marked(join(left, link, right)), (first, noun.en), (then, noun.en), described)


def again_en(subject: Nominal) -> Nominal:
    """The subject a second time: a pronoun in English, nothing in Spanish."""
    third = "she" if subject.gender == "f" else "he"
    return Nominal({HE: third, THEY: "they", WE: "we", I: "I", YOU: "you"}[subject.person], "", subject.person)


def where_is_it(draw: Draw) -> Sentence:
    """Where are the keys? I don't see them."""
    noun = draw.pick(nouns_with("small", "clothes"))
    obj, described = thing(draw, noun, [THE, THE, MY, YOUR], described=0.1)
    verb, tense, negative = draw.pick(
        [(VERB["see"], PRESENT, True), (VERB["need"], PRESENT, False), (VERB["look for"], PROGRESSIVE, False),
         (VERB["find"], CAN, True), (VERB["want"], PRESENT, False), (VERB["have"], PRESENT, True)]
    )  # fmt: skip
    asked = question(obj, PRESENT, ESTAR, ask=Phrase("where", "dónde"))
    subject = draw.pick([PRONOUNS[0], PRONOUNS[0], PRONOUNS[4]])
    told = statement(subject, tense, verb, it(obj), clitic=direct_clitic(obj), negative=negative)
    return sentence(join(marked(asked, "?"), marked(told)), (verb.en[0], noun.en), described)


def answer(draw: Draw) -> Sentence:
    """Do you have the camera? No, I don't have it."""
    verb = draw.pick(
        [VERB[base] for base in ["have", "need", "see", "want", "find", "buy", "bring", "wash", "clean", "read"]]
    )
    tag = draw.pick(sorted(verb.takes - {"person", "kin", "name", "film"}))
    obj, described = thing(draw, draw.pick(nouns_with(tag)), [THE, THE, THIS], described=0.1)
    tense = draw.pick([PRESENT] if verb.state or verb.en[0] == "see" else [PAST, PERFECT, GOING_TO, WANT_TO])
    no = draw.chance(0.5)
    told = statement(PRONOUNS[0], tense, verb, it(obj), clitic=direct_clitic(obj), negative=no)
    said = Phrase("no,", "no,") if no else Phrase("yes,", "sí,")
    asked = marked(question(PRONOUNS[1], tense, verb, obj), "?")
    return sentence(join(asked, marked(join(said, told))), (verb.en[0], obj.lemma), described)


def giving(draw: Draw) -> Sentence:
    """She gave me a book; we sent a letter to my aunt; he is going to lend us the car."""
    verb, subject = draw.pick(GIVE), somebody(draw)
    obj, described = draw_object(draw, verb)
    tense = draw_tense(draw, verb)
    held = (verb.en[0], obj.lemma), described, who_does(subject, verb)
    negative = draw.chance(0.12)
    if draw.chance(0.35):
        to = person(draw)
        rest = [obj, Phrase(f"to {to.en}", f"a {to.es}")]
        clause = statement(subject, tense, verb, *rest, clitic=INDIRECT[to.person], negative=negative)
    else:
        choices = [name for name, it in OBJECT_PRONOUNS.items() if clear(subject.person, it.person)]
        him = OBJECT_PRONOUNS[draw.pick(choices)]
        clause = statement(subject, tense, verb, Phrase(him.en), obj, clitic=INDIRECT[him.person], negative=negative)
    return sentence(marked(with_time(draw, clause, tense, verb, chance=0.3)), *held)


def gave_it(draw: Draw) -> Sentence:
    """I bought a gift and I gave it to my mother."""
    one, verb = draw.pick([("buy", "give"), ("find", "give"), ("write", "send"), ("buy", "send"), ("find", "show")])
    noun = draw.pick(nouns_with("letter", "poem") if one == "write" else nouns_with("sent", "readable", "small"))
    obj, described = thing(draw, noun, [A, A, THE], described=0.2)
    subject, again, to = (who := somebody(draw)), again_en(who), person(draw)
    tense = draw.pick([PAST, PAST, GOING_TO, PERFECT])
    left = statement(subject, tense, VERB[one], obj)
    right = statement(again, tense, VERB[verb], it(obj), Phrase(f"to {to.en}", f"a {to.es}"),
                      clitic=f"se {direct_clitic(obj)}")  # fmt: skip
    return sentence(marked(join(left, Phrase("and", "y"), right)), (one, noun.en), (verb, noun.en), described)
