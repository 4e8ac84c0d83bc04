"""Phrases in both languages at once: noun phrases that agree, and clauses in every tense, stated or asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inflection import (
    HE,
    THEY,
    WE,
    YOU,
    I,
    add_ing,
    agree,
    article,
    attach,
    be,
    before_noun,
    conjugate,
    plural_en,
    plural_es,
    single_form,
    third_person,
)  # fmt: skip
from lexicon import Adjective, Noun, Verb


@dataclass(frozen=True)
class Phrase:
    en: str = ""
    es: str = ""


@dataclass(frozen=True)
class Nominal(Phrase):
    """A noun phrase and what its neighbours must agree with. `lemma` names it in held-out pairs."""

    person: int = HE
    gender: str = "m"
    lemma: str = ""
    human: bool = False

    @property
    def plural(self) -> bool:
        return self.person in (WE, THEY)


@dataclass(frozen=True)
class Tense:
    """How a tense is built in both languages.

    English: `finite` word (empty: the verb itself), `link`, and the verb's `form`: am going to read.
    Spanish: `es_finite` infinitive (or empty), its `es_tense`, `es_link`, and the verb's `es_form`.
    The Spanish tense `past` is the preterite of events and the imperfect of states.
    """

    name: str
    past: bool = False
    finite: str = ""
    link: str = ""
    form: str = "base"
    es_finite: str = ""
    es_tense: str = "present"
    es_link: str = ""
    es_form: str = "infinitive"


PRESENT = Tense("present")
PAST = Tense("past", past=True, es_tense="past")
FUTURE = Tense("future", finite="will", es_tense="future")
PERFECT = Tense("perfect", finite="have", form="participle", es_finite="haber", es_form="participle")
PROGRESSIVE = Tense("progressive", finite="be", form="ing", es_finite="estar", es_form="gerund")
WAS_DOING = Tense("was doing", True, "be", "", "ing", "estar", "imperfect", "", "gerund")
GOING_TO = Tense("going to", finite="be", link="going to", es_finite="ir", es_link="a")
CAN = Tense("can", finite="can", es_finite="poder")
MUST = Tense("must", finite="must", es_finite="deber")
WANT_TO = Tense("want to", finite="want", link="to", es_finite="querer")
WANTED_TO = Tense("wanted to", True, "want", "to", "base", "querer", "imperfect")
HAVE_TO = Tense("have to", finite="have", link="to", es_finite="tener", es_link="que")
HAD_TO = Tense("had to", True, "have", "to", "base", "tener", "preterite", "que")
USED_TO = Tense("used to", finite="used", link="to", es_tense="imperfect")

CHANGES = {"poder": "ue", "querer": "ie"}  # stem changes of the verbs that build tenses
PAST_FORMS = {"want": "wanted", "have": "had"}
MODALS = {"will", "can", "must"}

NOWHERE = frozenset[str]()
SER = Verb(("be", "was", "been"), "ser", aspect="state")
ESTAR = Verb(("be", "was", "been"), "estar", aspect="state")
TENER = Verb(("be", "was", "been"), "tener", aspect="state")  # to be hungry, to be ten years old

DIRECT = ["me", "te", "lo", "nos", "los"]
INDIRECT = ["me", "te", "le", "nos", "les"]
REFLEXIVE = ["me", "te", "se", "nos", "se"]


def direct_clitic(nominal: Nominal) -> str:
    return DIRECT[nominal.person].replace("o", "a") if third_feminine(nominal) else DIRECT[nominal.person]


def third_feminine(nominal: Nominal) -> bool:
    return nominal.gender == "f" and nominal.person in (HE, THEY)


# --- Noun phrases ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Determiner:
    """English singular and plural; Spanish masculine and feminine singular, masculine and feminine plural."""

    en: tuple[str, str]
    es: tuple[str, str, str, str]

    def spanish(self, gender: str, plural: bool) -> str:
        return self.es[2 * plural + (gender == "f")]


def determiner(en: str, es: str) -> Determiner:
    """Read from "this these" and "este esta estos estas"; two forms are the numbers, one serves all."""
    english, spanish = en.split(","), es.split()
    forms = {1: spanish * 4, 2: [spanish[0]] * 2 + [spanish[-1]] * 2, 4: spanish}[len(spanish)]
    return Determiner((english[0], english[-1]), (forms[0], forms[1], forms[2], forms[3]))


THE = determiner("the", "el la los las")
A = determiner("a,some", "un una unos unas")
THIS = determiner("this,these", "este esta estos estas")
THAT = determiner("that,those", "ese esa esos esas")
MANY = determiner("a lot of,many", "mucho mucha muchos muchas")
ANOTHER = determiner("another", "otro otra otros otras")
ALL_THE = determiner("all the", "todo toda todos todas")
MY = determiner("my", "mi mis")
YOUR = determiner("your", "tu tus")
HIS = determiner("his", "su sus")
HER = determiner("her", "su sus")
OUR = determiner("our", "nuestro nuestra nuestros nuestras")
THEIR = determiner("their", "su sus")
BARE = Determiner(("", ""), ("", "", "", ""))


def noun_phrase(noun: Noun, which: Determiner, plural: bool = False, adjective: Adjective | None = None) -> Nominal:
    """The noun with its determiner and perhaps an adjective: an old house, una casa vieja; el agua."""
    en = " ".join(filter(None, [adjective.en if adjective else "", plural_en(noun.en) if plural else noun.en]))
    es = plural_es(noun.es) if plural else noun.es
    if adjective and adjective.before:
        es = f"{before_noun(adjective.es, noun.gender, plural)} {es}"
    elif adjective:
        es = f"{es} {agree(adjective.es, noun.gender, plural)}"
    en_determiner = article(en) if which is A and not plural else which.en[plural]
    es_determiner = which.spanish(noun.gender, plural)
    if noun.stressed_a and es.startswith(noun.es) and not plural:
        es_determiner = {"la": "el", "una": "un"}.get(es_determiner, es_determiner)
    if which is ALL_THE:
        es_determiner += " " + THE.spanish(noun.gender, plural)
    words = Phrase(f"{en_determiner} {en}".strip(), f"{es_determiner} {es}".strip())
    return Nominal(words.en, words.es, THEY if plural else HE, noun.gender, noun.en, noun.human)


def accusative(nominal: Nominal) -> Phrase:
    """As a direct object: persons take a."""
    return Phrase(nominal.en, f"a {nominal.es}" if nominal.human else nominal.es)


def coordinate(left: Nominal, right: Nominal) -> Nominal:
    """Both together: Pedro e Inés; with I, we."""
    return Nominal(
        f"{left.en} and {right.en}",
        f"{left.es} {and_es(right.es)} {right.es or 'yo'}",
        WE if I in (left.person, right.person) else THEY,
        "f" if left.gender == right.gender == "f" else "m",
        f"{left.lemma} and {right.lemma}",
        left.human,
    )


def and_es(following: str) -> str:
    return "e" if re.match("h?[ií](?![aeo])", following.lower()) else "y"


def or_es(following: str) -> str:
    return "u" if re.match("h?[oó]", following.lower()) else "o"


# --- Clauses -----------------------------------------------------------------------------------------------


def statement(
    subject: Nominal,
    tense: Tense,
    verb: Verb,
    *rest: Phrase,
    clitic: str = "",
    negative: bool = False,
    adverb: Phrase = Phrase(),
) -> Phrase:
    """Subject, verb group, rest. An `adverb` of frequency follows the English auxiliary, leads in Spanish."""
    auxiliary, main = english_group(tense, verb, subject.person, split=negative)
    english = [subject.en, negated(auxiliary) if negative else auxiliary, adverb.en, main]
    spanish = [subject.es, adverb.es, spanish_group(tense, verb, subject.person, clitic, negative)]
    return join(Phrase(words(english), words(spanish)), *rest)


def question(
    subject: Nominal,
    tense: Tense,
    verb: Verb,
    *rest: Phrase,
    ask: Phrase = Phrase(),
    clitic: str = "",
    negative: bool = False,
) -> Phrase:
    """With a question word in `ask`, the Spanish subject follows the verb; without one, it keeps its place.

    It follows the finite verb where an infinitive has its own object: ¿por qué quiere Ana vender el coche?
    """
    auxiliary, main = english_group(tense, verb, subject.person, split=True)
    english = [ask.en, negated(auxiliary) if negative else auxiliary, subject.en, main]
    group = spanish_group(tense, verb, subject.person, clitic, negative)
    if not ask.es:
        spanish = [subject.es, group]
    elif tense.es_finite and tense.es_form == "infinitive" and rest:
        finite, _, infinitive = group.removeprefix("no ").partition(" ")
        spanish = [ask.es, "no" if negative else "", finite, subject.es, infinitive]
    else:
        spanish = [ask.es, group, subject.es]
    return join(Phrase(words(english), words(spanish)), *rest)


def english_group(tense: Tense, verb: Verb, person: int, split: bool) -> tuple[str, str]:
    """The auxiliary and the rest of the verb group; `split` asks for do where there is no auxiliary."""
    if verb.en[0] == "be" and not tense.finite:
        return be(tense.past, person), ""
    form = {"base": verb.en[0], "participle": verb.en[2], "ing": on_head(add_ing, verb.en[0])}[tense.form]
    if tense.finite in MODALS:
        return tense.finite, form
    if tense.finite == "be":
        return be(tense.past, person), words([tense.link, form])
    if tense.finite == "have" and not tense.link:
        return third_person("have") if person == HE else "have", form
    lexical = tense.finite or verb.en[0]
    past = PAST_FORMS.get(tense.finite, verb.en[1])
    tail = words([tense.link, form]) if tense.finite else ""
    if split:
        return "did" if tense.past else "does" if person == HE else "do", words([lexical, tail])
    if tense.past:
        return "", words([past, tail])
    if tense is USED_TO or person != HE:
        return "", words([lexical, tail])
    return "", words([on_head(third_person, lexical), tail])


def on_head(inflect, phrase: str) -> str:  # type: ignore[no-untyped-def]
    """Inflect the verb of a phrasal one: looking for, gets up."""
    head, _, particle = phrase.partition(" ")
    return words([inflect(head), particle])


def negated(auxiliary: str) -> str:
    return {"am": "am not", "will": "won't", "can": "can't", "must": "must not"}.get(auxiliary, auxiliary + "n't")


def spanish_group(tense: Tense, verb: Verb, person: int, clitic: str = "", negative: bool = False) -> str:
    """The Spanish verb group with its clitics: before the finite verb, or written onto an infinitive."""
    no = "no" if negative else ""
    clitic = words([REFLEXIVE[person] if verb.reflexive else "", clitic])
    if not tense.es_finite:
        return words([no, clitic, finite_form(verb.infinitive, verb.change, tense, verb.state, person)])
    finite = finite_form(tense.es_finite, CHANGES.get(tense.es_finite, ""), tense, False, person)
    form = single_form(verb.infinitive, verb.change, tense.es_form)
    if tense.es_form == "infinitive":
        return words([no, finite, tense.es_link, attach(form, clitic)])
    return words([no, clitic, finite, form])


def finite_form(infinitive: str, change: str, tense: Tense, state: bool, person: int) -> str:
    name = tense.es_tense
    if name == "past":
        name = "imperfect" if state else "preterite"
    return conjugate(infinitive, change, name, person)


def command(verb: Verb, *rest: Phrase, clitic: str = "", negative: bool = False) -> Phrase:
    """An order to tú: compra, cómpralo, no lo compres."""
    english = f"don't {verb.en[0]}" if negative else verb.en[0]
    clitic = words([REFLEXIVE[YOU] if verb.reflexive else "", clitic])
    if negative:
        spanish = words(["no", clitic, single_form(verb.infinitive, verb.change, "prohibition")])
    else:
        spanish = attach(single_form(verb.infinitive, verb.change, "imperative"), clitic)
    return join(Phrase(english, spanish), *rest)


# --- Joining and marking -----------------------------------------------------------------------------------


def words(parts: list[str]) -> str:
    return " ".join(filter(None, parts))


def join(*phrases: Phrase) -> Phrase:
    """One after the other; a comma leans on the word before it."""
    en, es = words([phrase.en for phrase in phrases]), words([phrase.es for phrase in phrases])
    return Phrase(en.replace(" ,", ","), es.replace(" ,", ","))


def marked(phrase: Phrase, mark: str = ".") -> Phrase:
    """A phrase as a sentence: contracted, capitalised, between its marks."""
    es = re.sub(r"\b(a|de) el\b", lambda match: "al" if match[1] == "a" else "del", phrase.es)
    return Phrase(capital(phrase.en) + mark, {"?": "¿", "!": "¡"}.get(mark, "") + capital(es) + mark)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
