"""The embedded sample corpus: right in both languages, made again byte for byte, and split by word pairs.

The tables of forms and sentences here were written by hand, not taken from the generator.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
MODULES = (
    "being",
    "doing",
    "drawing",
    "grammar",
    "having",
    "inflection",
    "lexicon",
    "ordering",
    "telling",
)
SPLITS = ("train", "dev", "test")


@pytest.fixture(scope="module")
def generate() -> Iterator[ModuleType]:
    """generate.py and the modules beside it, which leave no trace among the imported ones."""
    sys.path.insert(0, str(SAMPLE))
    spec = importlib.util.spec_from_file_location("sample_generate", SAMPLE / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(SAMPLE))
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def inflection(generate: ModuleType) -> ModuleType:
    return importlib.import_module("inflection")


@pytest.fixture(scope="module")
def grammar(generate: ModuleType) -> ModuleType:
    return importlib.import_module("grammar")


@pytest.fixture(scope="module")
def made(generate: ModuleType) -> dict[str, list[Any]]:
    splits: dict[str, list[Any]] = generate.splits()
    return splits


def read(split: str) -> list[tuple[str, str]]:
    lines = (SAMPLE / f"{split}.tsv").read_text("utf-8").splitlines()
    return [(en, es) for en, es in (line.split("\t") for line in lines)]


PAIRS = {split: read(split) for split in SPLITS}
ALL = [pair for split in SPLITS for pair in PAIRS[split]]


# --- The files ----------------------------------------------------------------------------------------------


def test_the_files_are_what_the_generator_makes(generate: ModuleType, made: dict[str, list[Any]]) -> None:
    for split in SPLITS:
        assert (SAMPLE / f"{split}.tsv").read_bytes() == generate.tsv(made[split]), split


def test_check_tells_files_that_differ(
    generate: ModuleType,
    made: dict[str, list[Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "splits", lambda: made)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    with (tmp_path / "dev.tsv").open("a") as file:
        file.write("One more.\tUno más.\n")
    assert generate.main(["--check"]) == 1
    assert "dev.tsv differs" in capsys.readouterr().err


def test_an_unknown_argument_is_a_usage_error(generate: ModuleType) -> None:
    assert generate.main(["--chek"]) == 2


def test_sizes_and_format() -> None:
    assert {split: len(pairs) for split, pairs in PAIRS.items()} == {"train": 6000, "dev": 300, "test": 500}
    for split in SPLITS:
        text = (SAMPLE / f"{split}.tsv").read_bytes().decode("utf-8")
        assert text == unicodedata.normalize("NFC", text)
        assert text.endswith("\n")
        assert "\r" not in text
        assert all(line.count("\t") == 1 and "  " not in line for line in text.splitlines())


def test_no_english_side_occurs_twice() -> None:
    assert [en for en, times in Counter(en for en, _ in ALL).items() if times > 1] == []


# --- The split ----------------------------------------------------------------------------------------------


def test_dev_and_test_combine_words_that_training_never_combines(made: dict[str, list[Any]]) -> None:
    trained = {pair for sentence in made["train"] for pair in sentence.pairs}
    for split in ("dev", "test"):
        assert all(sentence.pairs - trained for sentence in made[split])


def test_dev_and_test_hold_out_different_combinations(made: dict[str, list[Any]]) -> None:
    new = {}
    trained = {pair for sentence in made["train"] for pair in sentence.pairs}
    for split, other in (("dev", "test"), ("test", "dev")):
        others = {pair for sentence in made[other] for pair in sentence.pairs} - trained
        new[split] = {pair for sentence in made[split] for pair in sentence.pairs} - trained - others
        assert all(sentence.pairs & new[split] for sentence in made[split])


def forms(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


@pytest.mark.parametrize("side", [0, 1], ids=["English", "Spanish"])
def test_every_word_form_of_dev_and_test_is_trained(side: int) -> None:
    seen = Counter(form for pair in PAIRS["train"] for form in forms(pair[side]))
    rare = {form for pair in PAIRS["dev"] + PAIRS["test"] for form in forms(pair[side]) if seen[form] < 6}
    assert rare == set()


# --- What holds of every sentence ---------------------------------------------------------------------------


def test_questions_and_exclamations_have_both_spanish_marks() -> None:
    for en, es in ALL:
        for opening, closing in ("¿?", "¡!"):
            assert es.count(opening) == es.count(closing) == en.count(closing), (en, es)
            assert len(re.findall(rf"{opening}[^.?!]+\{closing}", es)) == es.count(opening), es


def test_sentences_are_capitalised_and_closed() -> None:
    for pair in ALL:
        for text in pair:
            assert text[-1] in ".?!"
            assert not re.search(r"(^|[.?!] )[¿¡]?[a-záéíóúñ]", text), text


WRONG_SPANISH = {
    "an article uncontracted": r"\b(a|de) el\b",
    "feminine article before a stressed a": r"\b(la|una) (agua|águila|aula)\b",
    "a masculine adjective of el agua": r"\b(agua|águila|aula) (frío|nuevo|pequeño|viejo|bonito)\b",
    "y before i": r"\by (I|i|hi(?!e))",
    "o before o": r"\bo (o|ho)",
    "bueno or malo not shortened": r"\b(bueno|malo) (libro|poema|programa|médico|abogado|profesor)\b",
    "grande not shortened": r"\bgrande (médico|iglesia|hombre|mujer|película)\b",
    "a person without a": r"^(?!¿A quién).*(ayud|llam)(ar|ando) (mi|tu|su|nuestr[oa]|Ana|Luis|Pedro|María)\b",
    "two clitics not turned": r"\bles? l[oa]s?\b",
    "a clitic after a finite haber or estar": r"\b(ha|he|has|han|está|estoy|están)(lo|la|los|las|me|te)\b",
    "an article before a profession": r"\b(es|soy|eres) una? (médic|profesor|abogad|camarer)[oa]?[.]",
}
WRONG_ENGLISH = {
    "a before a vowel": r"\b[Aa] [aeiouAEIOU](?!ni)",
    "an before a consonant": r"\b[Aa]n [^aeiouAEIOU]",
    "third person": r"\b(He|She) (have|want|need|go|buy|eat)\b",
    "do with be": r"\b(do|does|did)(n't)? (be|is|are)\b",
    "past after did": r"\b[Dd]idn't \w+ed\b",
}


@pytest.mark.parametrize("fault", WRONG_SPANISH)
def test_no_spanish_sentence_has(fault: str) -> None:
    assert [es for _, es in ALL if re.search(WRONG_SPANISH[fault], es)] == []


@pytest.mark.parametrize("fault", WRONG_ENGLISH)
def test_no_english_sentence_has(fault: str) -> None:
    assert [en for en, _ in ALL if re.search(WRONG_ENGLISH[fault], en)] == []


def words(text: str) -> list[str]:
    return text.split()


FEMININE = words("""
casa mesa silla cama llave puerta ventana caja bolsa maleta carta novela revista historia película
canción guitarra camisa falda chaqueta bicicleta cámara lámpara foto flor taza pregunta respuesta lección
playa plaza calle ciudad escuela biblioteca tienda iglesia estación oficina cocina manzana naranja patata
ensalada madre hermana abuela tía hija mujer chica cabeza espalda
""")
MASCULINE = words("""
libro poema problema mapa programa periódico coche ordenador teléfono reloj plato bolígrafo lápiz
paraguas regalo piano violín vestido sombrero abrigo parque jardín río puente hospital museo mercado
restaurante hotel aeropuerto pueblo pastel huevo bocadillo tomate perro gato caballo pájaro ratón padre
hermano abuelo tío hijo hombre chico estómago brazo pie ojo
""")


@pytest.mark.parametrize(
    ("nouns", "wrong"),
    [(FEMININE, "el|un|este|ese|nuestro|otro"), (MASCULINE, "la|una|esta|esa|nuestra|otra")],
)
def test_determiners_agree_with_their_noun(nouns: list[str], wrong: str) -> None:
    disagreeing = re.compile(rf"\b({wrong}) ({'|'.join(nouns)})\b")
    assert [es for _, es in ALL if disagreeing.search(es)] == []


@pytest.mark.parametrize(("nouns", "vowel"), [(FEMININE, "o"), (MASCULINE, "a")], ids=["feminine", "masculine"])
def test_adjectives_agree_with_their_noun(nouns: list[str], vowel: str) -> None:
    stems = "nuev|viej|pequeñ|bonit|roj|blanc|negr|car|barat|larg|famos|aburrid|español"
    adjective = rf"({stems}){vowel}s?"
    phrase = rf"(el|la|un|una|este|esta|mi|tu|su) ({'|'.join(nouns)}) ((no )?es (muy )?)?{adjective}"
    disagreeing = re.compile(rf"(?<!de )\b{phrase}\b")  # after "de" the adjective may be another noun's
    assert [es for _, es in ALL if disagreeing.search(es)] == []


# --- Forms, by hand -----------------------------------------------------------------------------------------

CONJUGATED = """
comprar    present    compro compras compra compramos compran
comprar    preterite  compré compraste compró compramos compraron
comprar    imperfect  compraba comprabas compraba comprábamos compraban
comprar    future     compraré comprarás comprará compraremos comprarán
comer      present    como comes come comemos comen
comer      preterite  comí comiste comió comimos comieron
comer      imperfect  comía comías comía comíamos comían
escribir   present    escribo escribes escribe escribimos escriben
escribir   preterite  escribí escribiste escribió escribimos escribieron
leer       present    leo lees lee leemos leen
leer       preterite  leí leíste leyó leímos leyeron
leer       future     leeré leerás leerá leeremos leerán
buscar     preterite  busqué buscaste buscó buscamos buscaron
llegar     preterite  llegué llegaste llegó llegamos llegaron
tocar      preterite  toqué tocaste tocó tocamos tocaron
cerrar/ie  present    cierro cierras cierra cerramos cierran
perder/ie  present    pierdo pierdes pierde perdemos pierden
entender/ie present   entiendo entiendes entiende entendemos entienden
volver/ue  present    vuelvo vuelves vuelve volvemos vuelven
volver/ue  preterite  volví volviste volvió volvimos volvieron
dormir/ue  present    duermo duermes duerme dormimos duermen
dormir/ue  preterite  dormí dormiste durmió dormimos durmieron
encontrar/ue preterite encontré encontraste encontró encontramos encontraron
vestir/i   present    visto vistes viste vestimos visten
vestir/i   preterite  vestí vestiste vistió vestimos vistieron
poder/ue   present    puedo puedes puede podemos pueden
querer/ie  present    quiero quieres quiere queremos quieren
querer/ie  imperfect  quería querías quería queríamos querían
ser        present    soy eres es somos son
estar      present    estoy estás está estamos están
estar      imperfect  estaba estabas estaba estábamos estaban
ir         present    voy vas va vamos van
ir         preterite  fui fuiste fue fuimos fueron
ir         future     iré irás irá iremos irán
haber      present    he has ha hemos han
tener      present    tengo tienes tiene tenemos tienen
tener      preterite  tuve tuviste tuvo tuvimos tuvieron
tener      imperfect  tenía tenías tenía teníamos tenían
traer      present    traigo traes trae traemos traen
traer      preterite  traje trajiste trajo trajimos trajeron
ver        present    veo ves ve vemos ven
ver        preterite  vi viste vio vimos vieron
ver        future     veré verás verá veremos verán
dar        present    doy das da damos dan
dar        preterite  di diste dio dimos dieron
conocer    present    conozco conoces conoce conocemos conocen
conocer    imperfect  conocía conocías conocía conocíamos conocían
"""

# infinitive: gerund, participle, order, the verb of the prohibition
SINGLE = """
comprar      comprando   comprado    compra     compres
comer        comiendo    comido      come       comas
abrir        abriendo    abierto     abre       abras
escribir     escribiendo escrito     escribe    escribas
leer         leyendo     leído       lee        leas
traer        trayendo    traído      trae       traigas
ver          viendo      visto       ve         veas
romper       rompiendo   roto        rompe      rompas
buscar       buscando    buscado     busca      busques
tocar        tocando     tocado      toca       toques
dar          dando       dado        da         des
cerrar/ie    cerrando    cerrado     cierra     cierres
volver/ue    volviendo   vuelto      vuelve     vuelvas
mostrar/ue   mostrando   mostrado    muestra    muestres
dormir/ue    durmiendo   dormido     duerme     duermas
vestir/i     vistiendo   vestido     viste      vistas
ir           yendo       ido         ve         vayas
"""


@pytest.mark.parametrize("line", CONJUGATED.strip().splitlines())
def test_conjugation(inflection: ModuleType, line: str) -> None:
    verb, tense, *expected = line.split()
    infinitive, _, change = verb.partition("/")
    assert [inflection.conjugate(infinitive, change, tense, person) for person in range(5)] == expected


@pytest.mark.parametrize("line", SINGLE.strip().splitlines())
def test_single_forms(inflection: ModuleType, line: str) -> None:
    verb, *expected = line.split()
    infinitive, _, change = verb.partition("/")
    kinds = ("gerund", "participle", "imperative", "prohibition")
    assert [inflection.single_form(infinitive, change, kind) for kind in kinds] == expected


@pytest.mark.parametrize(
    ("host", "clitics", "written"),
    [
        ("compra", "lo", "cómpralo"),
        ("lee", "lo", "léelo"),
        ("abre", "la", "ábrela"),
        ("cierra", "las", "ciérralas"),
        ("da", "me", "dame"),
        ("da", "se lo", "dáselo"),
        ("trae", "me", "tráeme"),
        ("trae", "se la", "tráesela"),
        ("limpia", "los", "límpialos"),
        ("estudia", "lo", "estúdialo"),
        ("escribe", "me", "escríbeme"),
        ("muestra", "les", "muéstrales"),
        ("acuesta", "te", "acuéstate"),
        ("despierta", "te", "despiértate"),
        ("busca", "nos", "búscanos"),
        ("espera", "me", "espérame"),
        ("ayuda", "lo", "ayúdalo"),
        ("pon", "lo", "ponlo"),
        ("haz", "lo", "hazlo"),
        ("comprar", "lo", "comprarlo"),
        ("dar", "me", "darme"),
        ("dar", "se lo", "dárselo"),
        ("mandar", "se las", "mandárselas"),
        ("ver", "nos", "vernos"),
        ("escribir", "te", "escribirte"),
        ("compra", "", "compra"),
    ],
)
def test_clitics_keep_the_stress(inflection: ModuleType, host: str, clitics: str, written: str) -> None:
    assert inflection.attach(host, clitics) == written


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("libro", "libros"),
        ("canción", "canciones"),
        ("jardín", "jardines"),
        ("lápiz", "lápices"),
        ("flor", "flores"),
        ("ratón", "ratones"),
        ("paraguas", "paraguas"),
        ("café", "cafés"),
        ("ciudad", "ciudades"),
        ("joven", "jóvenes"),
        ("reloj", "relojes"),
        ("inglés", "ingleses"),
        ("escritor", "escritores"),
        ("azul", "azules"),
    ],
)
def test_spanish_plurals(inflection: ModuleType, singular: str, plural: str) -> None:
    assert inflection.plural_es(singular) == plural


@pytest.mark.parametrize(
    ("adjective", "four"),
    [
        ("rojo", "rojo roja rojos rojas"),
        ("verde", "verde verde verdes verdes"),
        ("azul", "azul azul azules azules"),
        ("francés", "francés francesa franceses francesas"),
        ("español", "español española españoles españolas"),
        ("joven", "joven joven jóvenes jóvenes"),
        ("fácil", "fácil fácil fáciles fáciles"),
    ],
)
def test_adjectives_have_four_forms(inflection: ModuleType, adjective: str, four: str) -> None:
    assert [inflection.agree(adjective, g, n) for n in (False, True) for g in "mf"] == four.split()


@pytest.mark.parametrize(
    ("adjective", "four"),
    [
        ("bueno", "buen buena buenos buenas"),
        ("malo", "mal mala malos malas"),
        ("grande", "gran gran grandes grandes"),
    ],
)
def test_adjectives_before_the_noun_are_shortened(inflection: ModuleType, adjective: str, four: str) -> None:
    assert [inflection.before_noun(adjective, g, n) for n in (False, True) for g in "mf"] == four.split()


@pytest.mark.parametrize(
    ("function", "forms"),
    [
        (
            "plural_en",
            "box boxes|city cities|key keys|foot feet|child children|woman women|mouse mice|potato potatoes",
        ),
        ("third_person", "have has|go goes|wash washes|study studies|play plays|buy buys"),
        ("add_ed", "close closed|study studied|visit visited|play played"),
        (
            "add_ing",
            "close closing|run running|swim swimming|get getting|open opening|see seeing|study studying",
        ),
        ("article", "apple an|old an|English an|umbrella an|egg an|university a|book a|house a"),
    ],
)
def test_english_forms(inflection: ModuleType, function: str, forms: str) -> None:
    for entry in forms.split("|"):
        word, expected = entry.split()
        assert getattr(inflection, function)(word) == expected, entry


def test_english_comparison(inflection: ModuleType) -> None:
    expected = {
        "big": ("bigger", "biggest"),
        "small": ("smaller", "smallest"),
        "easy": ("easier", "easiest"),
        "good": ("better", "best"),
        "strong": ("stronger", "strongest"),
        "new": ("newer", "newest"),
        "expensive": ("more expensive", "most expensive"),
        "boring": ("more boring", "most boring"),
    }
    assert {adjective: inflection.compare(adjective) for adjective in expected} == expected


@pytest.mark.parametrize(
    ("following", "link"),
    [
        ("Inés", "e"),
        ("inglés", "e"),
        ("italiano", "e"),
        ("hijo", "e"),
        ("hielo", "y"),
        ("Ana", "y"),
        ("yo", "y"),
    ],
)
def test_and(grammar: ModuleType, following: str, link: str) -> None:
    assert grammar.and_es(following) == link


@pytest.mark.parametrize(("following", "link"), [("ocho", "u"), ("Óscar", "u"), ("hotel", "u"), ("diez", "o")])
def test_or(grammar: ModuleType, following: str, link: str) -> None:
    assert grammar.or_es(following) == link


# --- Sentences, by hand -------------------------------------------------------------------------------------

SENTENCES = """
The classroom is clean. = El aula está limpia.
That classroom is dirty. = Esa aula está sucia.
They will see that eagle. = Verán esa águila.
Are the eagles strong? = ¿Las águilas son fuertes?
Every summer we used to study at the school. = Todos los veranos estudiábamos en la escuela.
Her father used to live in the house. = Su padre vivía en la casa.
What a strong child! = ¡Qué niño tan fuerte!
What a difficult question! = ¡Qué pregunta tan difícil!
How tall the women are! = ¡Qué altas son las mujeres!
Pablo has to study Spanish and Italian. = Pablo tiene que estudiar español e italiano.
I wrote the poem and I sent it to Pablo. = Escribí el poema y se lo mandé a Pablo.
You wrote a letter and you sent it to Inés. = Escribiste una carta y se la mandaste a Inés.
The tables are white. Don't paint them! = Las mesas son blancas. ¡No las pintes!
The meat is cold. Don't eat it! = La carne está fría. ¡No la comas!
Our neighbor is a good doctor. = Nuestro vecino es un buen médico.
Inés is a good writer. = Inés es una buena escritora.
There is a great church in the village. = Hay una gran iglesia en el pueblo.
Her neighbor isn't a great cook. = Su vecino no es un gran cocinero.
Pablo's head hurts. = A Pablo le duele la cabeza.
Ana's feet hurt. = A Ana le duelen los pies.
It was ten o'clock. = Eran las diez.
It is going to snow in the city tomorrow. = Va a nevar en la ciudad mañana.
There are no coats on the table. = No hay abrigos sobre la mesa.
She has already prepared a lot of cold tea. = Ella ya ha preparado mucho té frío.
This woman often brings the coffee. = Esta mujer a menudo trae el café.
The doctors never cook the fish. = Los médicos nunca cocinan el pescado.
Nobody wants to help her grandfather. = Nadie quiere ayudar a su abuelo.
Nobody has listened to her neighbor. = Nadie ha escuchado a su vecino.
If it snows, I will study at the school. = Si nieva, estudiaré en la escuela.
I think that my aunt is intelligent. = Creo que mi tía es inteligente.
Carmen is taller than his grandfather. = Carmen es más alta que su abuelo.
Pablo isn't as tall as those girls. = Pablo no es tan alto como esas chicas.
This is the oldest camera in the store. = Esta es la cámara más vieja de la tienda.
Pablo is the tallest boy in the village. = Pablo es el chico más alto del pueblo.
They cooked all the eggs. = Cocinaron todos los huevos.
She was eating another salad. = Ella estaba comiendo otra ensalada.
These writers are lawyers. = Estos escritores son abogados.
Whose is this bicycle? = ¿De quién es esta bicicleta?
This photo costs five euros. = Esta foto cuesta cinco euros.
I want to listen to him. = Quiero escucharlo.
Tonight my daughter doesn't want to visit me. = Esta noche mi hija no quiere visitarme.
Where are the keys? I am looking for them. = ¿Dónde están las llaves? Las estoy buscando.
Get dressed at ten! = ¡Vístete a las diez!
Wake up late! = ¡Despiértate tarde!
Lend me these newspapers, please. = Préstame estos periódicos, por favor.
Inés goes to the market. = Inés va al mercado.
The hospital is far from the airport. = El hospital está lejos del aeropuerto.
Pablo bought the oranges, but he didn't eat them. = Pablo compró las naranjas, pero no las comió.
Where is the white shirt? I don't see it. = ¿Dónde está la camisa blanca? No la veo.
Do you need these clocks? Yes, I need them. = ¿Necesitas estos relojes? Sí, los necesito.
Have you washed these cups? No, I haven't washed them. = ¿Has lavado estas tazas? No, no las he lavado.
The museum was next to the office. = El museo estaba al lado de la oficina.
They were sleepy. = Tenían sueño.
María is eight years old. = María tiene ocho años.
What time does the hotel close? = ¿A qué hora cierra el hotel?
My name is Inés. = Me llamo Inés.
What color are those shoes? = ¿De qué color son esos zapatos?
How much do these shoes cost? = ¿Cuánto cuestan estos zapatos?
The orange that our cousin has bought is cheap. = La naranja que nuestro primo ha comprado es barata.
The waiters want a glass of milk. = Los camareros quieren un vaso de leche.
Does she like cats? = ¿A ella le gustan los gatos?
He doesn't like soup. = A él no le gusta la sopa.
They loved the movie. = Les encantó la película.
We got up at eight. = Nos levantamos a las ocho.
Here are the novels. Show them to him! = Aquí están las novelas. ¡Muéstraselas!
My friend is tired because he ran a lot. = Mi amigo está cansado porque corrió mucho.
You are thirsty because you danced a lot. = Tienes sed porque bailaste mucho.
We walked in the square. = Caminamos por la plaza.
My grandmother isn't running in the park. = Mi abuela no está corriendo por el parque.
Ana bought the story and she gave it to Pedro. = Ana compró la historia y se la dio a Pedro.
Luis's hands hurt. = A Luis le duelen las manos.
"""


@pytest.fixture(scope="module")
def corpus() -> dict[str, str]:
    return dict(ALL)


@pytest.mark.parametrize("line", SENTENCES.strip().splitlines())
def test_a_sentence_of_the_corpus_is_translated_as_by_hand(corpus: dict[str, str], line: str) -> None:
    en, es = line.split(" = ")
    assert corpus[en] == es
