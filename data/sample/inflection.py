"""Word forms of English and Spanish: plurals, agreement, conjugation, comparison, clitics and their accents.

Persons are the indices I, YOU, HE, WE, THEY; "you" is always the singular familiar `tú`. Spanish forms come
from rules for the regular, stem-changing and spelling-changing verbs; what no rule gives stands in IRREGULAR.
"""

from __future__ import annotations

import re

PERSONS = I, YOU, HE, WE, THEY = range(5)  # noqa: E741 - it is the word

# --- Spanish verbs -----------------------------------------------------------------------------------------

ENDINGS = {
    ("ar", "present"): "o as a amos an",
    ("er", "present"): "o es e emos en",
    ("ir", "present"): "o es e imos en",
    ("ar", "preterite"): "é aste ó amos aron",
    ("er", "preterite"): "í iste ió imos ieron",
    ("ir", "preterite"): "í iste ió imos ieron",
    ("ar", "imperfect"): "aba abas aba ábamos aban",
    ("er", "imperfect"): "ía ías ía íamos ían",
    ("ir", "imperfect"): "ía ías ía íamos ían",
}
FUTURE_ENDINGS = ["é", "ás", "á", "emos", "án"]
FUTURE_STEMS = {
    "tener": "tendr", "hacer": "har", "poder": "podr", "querer": "querr", "venir": "vendr",
    "salir": "saldr", "poner": "pondr", "haber": "habr",
}  # fmt: skip
IRREGULAR = {
    ("ser", "present"): "soy eres es somos son",
    ("ser", "preterite"): "fui fuiste fue fuimos fueron",
    ("ser", "imperfect"): "era eras era éramos eran",
    ("estar", "present"): "estoy estás está estamos están",
    ("estar", "preterite"): "estuve estuviste estuvo estuvimos estuvieron",
    ("haber", "present"): "he has ha hemos han",
    ("ir", "present"): "voy vas va vamos van",
    ("ir", "preterite"): "fui fuiste fue fuimos fueron",
    ("ir", "imperfect"): "iba ibas iba íbamos iban",
    ("tener", "present"): "tengo tienes tiene tenemos tienen",
    ("tener", "preterite"): "tuve tuviste tuvo tuvimos tuvieron",
    ("hacer", "present"): "hago haces hace hacemos hacen",
    ("hacer", "preterite"): "hice hiciste hizo hicimos hicieron",
    ("poner", "present"): "pongo pones pone ponemos ponen",
    ("poner", "preterite"): "puse pusiste puso pusimos pusieron",
    ("poder", "preterite"): "pude pudiste pudo pudimos pudieron",
    ("querer", "preterite"): "quise quisiste quiso quisimos quisieron",
    ("venir", "present"): "vengo vienes viene venimos vienen",
    ("venir", "preterite"): "vine viniste vino vinimos vinieron",
    ("salir", "present"): "salgo sales sale salimos salen",
    ("traer", "present"): "traigo traes trae traemos traen",
    ("traer", "preterite"): "traje trajiste trajo trajimos trajeron",
    ("ver", "present"): "veo ves ve vemos ven",
    ("ver", "preterite"): "vi viste vio vimos vieron",
    ("ver", "imperfect"): "veía veías veía veíamos veían",
    ("dar", "present"): "doy das da damos dan",
    ("dar", "preterite"): "di diste dio dimos dieron",
    ("conocer", "present"): "conozco conoces conoce conocemos conocen",
}
IRREGULAR_SINGLE = {
    ("abrir", "participle"): "abierto", ("escribir", "participle"): "escrito", ("ver", "participle"): "visto",
    ("hacer", "participle"): "hecho", ("poner", "participle"): "puesto", ("romper", "participle"): "roto",
    ("volver", "participle"): "vuelto", ("ir", "gerund"): "yendo", ("venir", "gerund"): "viniendo",
    ("hacer", "imperative"): "haz", ("poner", "imperative"): "pon", ("venir", "imperative"): "ven",
    ("salir", "imperative"): "sal", ("ir", "imperative"): "ve", ("tener", "imperative"): "ten",
    ("ir", "prohibition"): "vayas", ("dar", "prohibition"): "des",
}  # fmt: skip
DIPHTHONGS = {"ie": "e", "ue": "ou", "i": "e"}  # the stem change and the vowels it may replace


def conjugate(infinitive: str, change: str, tense: str, person: int) -> str:
    """The form of a Spanish verb in `present`, `preterite`, `imperfect` or `future`.

    `change` is the stem change of the present (`ie`, `ue`, `i`) or the empty string.
    """
    if (infinitive, tense) in IRREGULAR:
        return IRREGULAR[infinitive, tense].split()[person]
    if tense == "future":
        return FUTURE_STEMS.get(infinitive, infinitive) + FUTURE_ENDINGS[person]
    stem, family = infinitive[:-2], infinitive[-2:]
    ending = ENDINGS[family, tense].split()[person]
    if tense == "present" and person != WE:
        stem = changed_stem(stem, change)
    elif tense == "preterite":
        if family == "ir" and person in (HE, THEY):
            stem = raised_stem(stem, change)
        stem, ending = preterite_spelling(stem, family, ending)
    return stem + ending


def single_form(infinitive: str, change: str, form: str) -> str:
    """A verb's `infinitive`, `gerund`, `participle`, `imperative` (tú) or `prohibition` (no …es)."""
    if (infinitive, form) in IRREGULAR_SINGLE:
        return IRREGULAR_SINGLE[infinitive, form]
    stem, family = infinitive[:-2], infinitive[-2:]
    if form == "infinitive":
        return infinitive
    if form == "imperative":
        return conjugate(infinitive, change, "present", HE)
    if form == "prohibition":
        return prohibition(infinitive, change)
    ends_in_vowel = stem.endswith(("a", "e"))
    if form == "participle":
        return stem + ("ado" if family == "ar" else "ído" if ends_in_vowel else "ido")
    if form == "gerund":
        if family == "ar":
            return stem + "ando"
        return stem + "yendo" if ends_in_vowel else raised_stem(stem, change if family == "ir" else "") + "iendo"
    raise ValueError(form)


def prohibition(infinitive: str, change: str) -> str:
    """The subjunctive for tú, built on the first person of the present: no compres, no hagas."""
    stem = conjugate(infinitive, change, "present", I).removesuffix("o")
    if infinitive.endswith("ar"):
        return respelled_before_e(stem) + "es"
    return stem + "as"


def changed_stem(stem: str, change: str) -> str:
    """pens → piens, volv → vuelv, vest → vist."""
    if not change:
        return stem
    at = max(stem.rfind(vowel) for vowel in DIPHTHONGS[change])
    return stem[:at] + change + stem[at + 1 :]


def raised_stem(stem: str, change: str) -> str:
    """The stem of changing -ir verbs in the gerund and the third persons of the preterite: dorm → durm."""
    if not change:
        return stem
    return changed_stem(stem, "i") if change != "ue" else "u".join(stem.rsplit("o", 1))


def preterite_spelling(stem: str, family: str, ending: str) -> tuple[str, str]:
    """busqué, llegué, empecé; leyó, leíste, leímos, leyeron."""
    if family == "ar" and ending == "é":
        return respelled_before_e(stem), ending
    if family == "er" and stem.endswith(("a", "e")):
        return stem, {"í": "í", "iste": "íste", "ió": "yó", "imos": "ímos", "ieron": "yeron"}[ending]
    return stem, ending


def respelled_before_e(stem: str) -> str:
    """The consonant keeps its sound before e: busc → busqu, lleg → llegu, empez → empec."""
    for last, respelled in (("c", "qu"), ("g", "gu"), ("z", "c")):
        if stem.endswith(last):
            return stem[: -len(last)] + respelled
    return stem


PLAIN = str.maketrans("áéíóú", "aeiou")
ACCENTED = dict(zip("aeiou", "áéíóú", strict=True))
# A syllable's nucleus: a strong vowel with the weak ones about it, or weak vowels alone.
NUCLEUS = re.compile(r"[iu]?[aeoáéó][iu]?|[íú]|[iu]+")


def attach(host: str, clitics: str) -> str:
    """Clitics written onto an infinitive or imperative, with the accent that keeps its stress: cómpralo."""
    if not clitics:
        return host
    written = host + clitics.replace(" ", "")
    nuclei = list(NUCLEUS.finditer(host))
    from_end = 2 if host[-1] in "aeiouns" and len(nuclei) > 1 else 1
    if from_end + len(clitics.split()) < 3 or host != host.translate(PLAIN):
        return written
    nucleus = nuclei[-from_end]
    strong = re.search("[aeo]", nucleus.group())
    at = nucleus.start() + strong.start() if strong else nucleus.end() - 1
    return written[:at] + ACCENTED[written[at]] + written[at + 1 :]


# --- Spanish nouns and adjectives --------------------------------------------------------------------------

INVARIABLE = {"paraguas"}
ODD_PLURALS = {"joven": "jóvenes"}


def plural_es(word: str) -> str:
    """libro → libros, lápiz → lápices, estación → estaciones, paraguas → paraguas."""
    if word in INVARIABLE:
        return word
    if word in ODD_PLURALS:
        return ODD_PLURALS[word]
    if word[-1] in "aeoáéó":
        return word + "s"
    if word.endswith("z"):
        return word[:-1] + "ces"
    if word[-2] in "áéíóú" and word[-1] in "ns":
        return word[:-2] + word[-2:].translate(PLAIN) + "es"
    return word + "es"


TAKES_A = (
    "or",
    "és",
    "án",
    "ñol",
)  # adjectives and professions in these endings add -a: trabajadora, francesa


def feminine(word: str) -> str:
    """rojo → roja, inglés → inglesa; azul and grande stay."""
    if word.endswith("o"):
        return word[:-1] + "a"
    if word.endswith(TAKES_A):
        return word[:-2] + word[-2:].translate(PLAIN) + "a"
    return word


def agree(adjective: str, gender: str, plural: bool) -> str:
    """The adjective's form for a gender (`m` or `f`) and number."""
    word = feminine(adjective) if gender == "f" else adjective
    return plural_es(word) if plural else word


SHORTENED = {"bueno": "buen", "malo": "mal", "primero": "primer", "tercero": "tercer"}


def before_noun(adjective: str, gender: str, plural: bool) -> str:
    """The form of an adjective that stands before its noun: un buen libro, una buena idea, una gran casa."""
    if adjective == "grande" and not plural:
        return "gran"
    if gender == "m" and not plural:
        return SHORTENED.get(adjective, adjective)
    return agree(adjective, gender, plural)


# --- English -----------------------------------------------------------------------------------------------

ODD_ENGLISH_PLURALS = {
    "man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth", "mouse": "mice",
    "potato": "potatoes", "tomato": "tomatoes",
}  # fmt: skip
VOWEL_GROUP = re.compile("[aeiouy]+")


def plural_en(noun: str) -> str:
    """book → books, box → boxes, city → cities, foot → feet."""
    return ODD_ENGLISH_PLURALS.get(noun) or add_s(noun)


def add_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")) or word in ("go", "do"):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def add_ed(word: str) -> str:
    if word.endswith("e"):
        return word + "d"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ied"
    return word + "ed"


def add_ing(word: str) -> str:
    if word.endswith("e") and not word.endswith("ee"):
        return word[:-1] + "ing"
    return doubled(word) + "ing"


def doubled(word: str) -> str:
    """big → bigg and swim → swimm: a single short syllable doubles its last consonant before an ending."""
    short = len(VOWEL_GROUP.findall(word)) == 1 and re.search("[^aeiou][aeiou][^aeiouwxy]$", word)
    return word + word[-1] if short else word


def third_person(verb: str) -> str:
    return "has" if verb == "have" else add_s(verb)


def article(following: str) -> str:
    """a or an, by the sound that follows."""
    return "an" if following[0].lower() in "aeiou" and not following.startswith("uni") else "a"


ODD_COMPARISON = {"good": ("better", "best"), "bad": ("worse", "worst")}


def compare(adjective: str) -> tuple[str, str]:
    """The English comparative and superlative: bigger, biggest; more expensive, most expensive."""
    if adjective in ODD_COMPARISON:
        return ODD_COMPARISON[adjective]
    if adjective.endswith("y"):
        return adjective[:-1] + "ier", adjective[:-1] + "iest"
    if len(VOWEL_GROUP.findall(adjective.removesuffix("e"))) == 1:
        stem = doubled(adjective).removesuffix("e")
        return stem + "er", stem + "est"
    return "more " + adjective, "most " + adjective


def be(past: bool, person: int) -> str:
    if past:
        return "was" if person in (I, HE) else "were"
    return {I: "am", HE: "is"}.get(person, "are")
