"""The words of the sample corpus: each in both languages, with its forms and what it goes with.

Tags are the selectional classes: a verb's objects and an adjective's nouns are chosen by tag, so that nobody
drinks a table. A noun is also its own tag.
"""

from __future__ import annotations

from dataclasses import dataclass

from inflection import add_ed


@dataclass(frozen=True)
class Noun:
    """`tags` may hold, beside classes: `mass`, `pair` (plural only) and `kin` (said with a possessive)."""

    en: str
    es: str
    gender: str
    tags: frozenset[str]

    @property
    def human(self) -> bool:
        return bool(self.tags & {"person", "kin"})

    @property
    def stressed_a(self) -> bool:
        """Feminine, but el and un in the singular: el agua fría."""
        return self.es in {"agua", "águila", "aula"}


@dataclass(frozen=True)
class Adjective:
    """`copula` is ser or estar; `before`: before its noun in Spanish; `tags`: the nouns it may describe."""

    en: str
    es: str
    copula: str
    before: bool
    tags: frozenset[str]


@dataclass(frozen=True)
class Verb:
    """`en` is base, past and participle; `change` the Spanish stem change.

    `aspect`: an `event` has all tenses, a `glance` no progressive, an `accident` only the tenses that tell of
    it, `present` that one alone; a `state` has no progressive, and its past is the Spanish imperfect. `takes`
    holds the tags of the objects, or the places of an intransitive verb.
    """

    en: tuple[str, str, str]
    es: str
    change: str = ""
    aspect: str = "event"
    takes: frozenset[str] = frozenset()

    @property
    def state(self) -> bool:
        return self.aspect in {"state", "present"}

    @property
    def reflexive(self) -> bool:
        return self.es.endswith("se")

    @property
    def infinitive(self) -> str:
        return self.es.removesuffix("se")


@dataclass(frozen=True)
class Place:
    noun: Noun
    preposition: str


NOUNS = """
boy            | chico m        | person
girl           | chica f        | person
man            | hombre m       | person
woman          | mujer f        | person
child          | niño m         | person
teacher        | profesor m     | person job
doctor         | médico m       | person job
student        | estudiante m   | person job
waiter         | camarero m     | person
lawyer         | abogado m      | job
engineer       | ingeniero m    | job
writer         | escritor m     | person job
cook           | cocinero m     | person job
neighbor       | vecino m       | kin
friend         | amigo m        | kin
father         | padre m        | kin
mother         | madre f        | kin
brother        | hermano m      | kin
sister         | hermana f      | kin
grandfather    | abuelo m       | kin
grandmother    | abuela f       | kin
uncle          | tío m          | kin
aunt           | tía f          | kin
son            | hijo m         | kin
daughter       | hija f         | kin
cousin         | primo m        | kin
parent         | padre m        | kin pair
grandparent    | abuelo m       | kin pair
dog            | perro m        | animal pet
cat            | gato m         | animal pet
horse          | caballo m      | animal pet
bird           | pájaro m       | animal wild
mouse          | ratón m        | animal wild
eagle          | águila f       | animal wild
apple          | manzana f      | fruit edible
orange         | naranja f      | fruit edible
strawberry     | fresa f        | fruit edible pair
tomato         | tomate m       | fruit edible
potato         | patata f       | edible cookable
egg            | huevo m        | edible cookable
salad          | ensalada f     | edible dish
cake           | pastel m       | edible dish
sandwich       | bocadillo m    | edible
bread          | pan m          | edible mass
cheese         | queso m        | edible mass
meat           | carne f        | edible cookable mass
fish           | pescado m      | edible cookable mass
rice           | arroz m        | edible cookable mass
soup           | sopa f         | edible cookable dish mass
chocolate      | chocolate m    | edible mass
water          | agua f         | drink mass
milk           | leche f        | drink mass
coffee         | café m         | drink mass
tea            | té m           | drink mass
juice          | zumo m         | drink mass
wine           | vino m         | drink mass
book           | libro m        | readable print writable
letter         | carta f        | readable writable sent
newspaper      | periódico m    | readable print
magazine       | revista f      | readable print
novel          | novela f       | readable print writable
poem           | poema m        | readable writable
story          | historia f     | readable writable
movie          | película f     | film
program        | programa m     | film
song           | canción f      | song
guitar         | guitarra f     | instrument
piano          | piano m        | instrument
violin         | violín m       | instrument
shirt          | camisa f       | clothes
dress          | vestido m      | clothes
hat            | sombrero m     | clothes
coat           | abrigo m       | clothes
skirt          | falda f        | clothes
jacket         | chaqueta f     | clothes
shoe           | zapato m       | clothes pair
car            | coche m        | device washable
bicycle        | bicicleta f    | device washable
computer       | ordenador m    | device
phone          | teléfono m     | device small
clock          | reloj m        | device breakable
camera         | cámara f       | device small
lamp           | lámpara f      | device breakable
table          | mesa f         | furniture surface
chair          | silla f        | furniture surface breakable
bed            | cama f         | furniture surface
box            | caja f         | openable small
bag            | bolsa f        | openable small
suitcase       | maleta f       | openable small
door           | puerta f       | openable paintable
window         | ventana f      | openable paintable breakable
pen            | bolígrafo m    | small
pencil         | lápiz m        | small
umbrella       | paraguas m     | small
key            | llave f        | small
map            | mapa m         | small sent
photo          | foto f         | small sent
gift           | regalo m       | small sent
flower         | flor f         | sent
plate          | plato m        | washable breakable
cup            | taza f         | washable breakable
problem        | problema m     | idea
question       | pregunta f     | idea
answer         | respuesta f    | idea
lesson         | lección f      | idea
park           | parque m       | place outdoors
beach          | playa f        | place outdoors
garden         | jardín m       | outdoors
square         | plaza f        | place outdoors
street         | calle f        | outdoors
river          | río m          | place outdoors
sea            | mar m          | outdoors
bridge         | puente m       | outdoors paintable
school         | escuela f      | place building
hospital       | hospital m     | place building
museum         | museo m        | place building sight
library        | biblioteca f   | place building
market         | mercado m      | place
store          | tienda f       | place building
restaurant     | restaurante m  | place building
church         | iglesia f      | place building sight
hotel          | hotel m        | place building
station        | estación f     | place building
airport        | aeropuerto m   | place
office         | oficina f      | place room
kitchen        | cocina f       | room
classroom      | aula f         | room
house          | casa f         | building paintable
city           | ciudad f       | sight
village        | pueblo m       | place sight
head           | cabeza f       | ache
back           | espalda f      | ache
stomach        | estómago m     | ache
arm            | brazo m        | ache
foot           | pie m          | ache pair
hand           | mano f         | ache pair
eye            | ojo m          | ache pair
"""

ADJECTIVES = """
big         | grande      | ser   |        | animal building clothes device furniture small sight fruit
small       | pequeño     | ser   |        | animal building clothes device furniture small sight room
new         | nuevo       | ser   |        | clothes device furniture small building readable film song
old         | viejo       | ser   |        | clothes device furniture small building instrument animal
expensive   | caro        | ser   |        | clothes device furniture instrument small building fruit book
cheap       | barato      | ser   |        | clothes device furniture instrument small fruit
beautiful   | bonito      | ser   |        | clothes sight outdoors building song animal sent breakable
red         | rojo        | ser   |        | clothes device openable small furniture breakable
white       | blanco      | ser   |        | clothes device openable animal building small furniture breakable
black       | negro       | ser   |        | clothes device openable animal small furniture
green       | verde       | ser   |        | clothes device openable small furniture breakable
blue        | azul        | ser   |        | clothes device openable small furniture breakable
tall        | alto        | ser   |        | person kin name
short       | bajo        | ser   |        | person kin name
young       | joven       | ser   |        | person kin name
intelligent | inteligente | ser   |        | person kin name animal
kind        | amable      | ser   |        | person kin name
famous      | famoso      | ser   |        | person name readable film song sight
strong      | fuerte      | ser   |        | person kin name animal
Spanish     | español     | ser   |        | person kin name film song readable
French      | francés     | ser   |        | person kin name film song readable
English     | inglés      | ser   |        | person kin name film song readable
interesting | interesante | ser   |        | readable film idea sight
boring      | aburrido    | ser   |        | readable film
easy        | fácil       | ser   |        | idea
difficult   | difícil     | ser   |        | idea
important   | importante  | ser   |        | idea readable person
long        | largo       | ser   |        | readable film song idea
good        | bueno       | ser   | before | readable film song idea job
bad         | malo        | ser   | before | film song
great       | grande      | never | before | person film sight job
tired       | cansado     | estar |        | person kin name animal
sick        | enfermo     | estar |        | person kin name animal
busy        | ocupado     | estar |        | person kin name
happy       | contento    | estar |        | person kin name
sad         | triste      | estar |        | person kin name
ready       | listo       | estar |        | person kin name cookable dish
open        | abierto     | estar |        | openable building
closed      | cerrado     | estar |        | openable building
clean       | limpio      | estar |        | clothes furniture room washable
dirty       | sucio       | estar |        | clothes furniture room washable
cold        | frío        | estar |        | drink cookable
hot         | caliente    | estar |        | cookable
delicious   | delicioso   | estar |        | edible
"""

TRANSITIVES = """
buy bought            | comprar      | event | fruit cake drink print clothes device furniture small
sell sold             | vender       | event | clothes device furniture instrument
eat ate eaten         | comer        | event | edible
drink drank drunk     | beber        | event | drink
read read             | leer         | event | readable
write wrote written   | escribir     | event | writable
see saw seen          | ver          | glance | person kin name animal film
find found            | encontrar ue | event | small animal
look_for looked_for   | buscar       | event | small kin name
lose lost             | perder ie    | accident | small
open                  | abrir        | event | openable
close                 | cerrar ie    | event | openable
clean                 | limpiar      | event | room furniture
wash                  | lavar        | event | washable fruit
cook                  | cocinar      | event | cookable
prepare               | preparar     | event | dish coffee tea
sing sang sung        | cantar       | event | song
listen_to listened_to | escuchar     | event | song person kin name
play                  | tocar        | event | instrument
visit                 | visitar      | event | kin name sight
help                  | ayudar       | event | person kin name
call                  | llamar       | event | person kin name
wait_for waited_for   | esperar      | event | person kin name
wear wore worn        | llevar       | event | clothes
paint                 | pintar       | event | paintable furniture
repair                | arreglar     | event | device
break broke broken    | romper       | accident | breakable
bring brought         | traer        | event | small edible drink
know knew known       | conocer      | state | person kin name
understand understood | entender ie  | present | idea
need                  | necesitar    | state | small device furniture clothes
want                  | querer ie    | state | small fruit drink clothes device
have had              | tener        | state | small device clothes pet instrument
"""

INTRANSITIVES = """
live                  | vivir        | event | Madrid Sevilla London village house
work                  | trabajar     | event | hospital office school store restaurant library museum hotel
run ran run           | correr       | event | park beach street
swim swam swum        | nadar        | event | sea river
walk                  | caminar      | event | park beach street garden square
sleep slept           | dormir ue    | event | hotel house garden
study studied         | estudiar     | event | library school kitchen
dance                 | bailar       | event | square street beach
sing sang sung        | cantar       | event | church square kitchen
eat ate eaten         | comer        | event | restaurant kitchen garden park
rest                  | descansar    | event | garden hotel beach house
wait                  | esperar      | event | station airport street office
"""

MOTIONS = """
go went gone          | ir           | event | to   | a
come_back came_back come_back | volver ue | event | from | de
arrive                | llegar       | event | at   | a
"""

REFLEXIVES = """
get_up got_up gotten_up                         | levantarse     | event |
wake_up woke_up woken_up                        | despertarse ie | event |
go_to_bed went_to_bed gone_to_bed               | acostarse ue   | event |
get_dressed got_dressed gotten_dressed          | vestirse i     | event |
"""

GIVING = """
give gave given       | dar          | event | sent readable small clothes
send sent             | mandar       | event | sent
show showed shown     | mostrar ue   | event | small film readable clothes device
bring brought         | traer        | event | sent edible drink
lend lent             | prestar      | event | readable small device clothes
"""

NAMES = "Ana f|María f|Inés f|Carmen f|Luis m|Pedro m|Pablo m|Óscar m"
CITIES = "Madrid=Madrid|Sevilla=Sevilla|London=Londres|Paris=París|Mexico=México|Lima=Lima"
COUNTRIES = "Spain=España|France=Francia|Mexico=México|Peru=Perú|England=Inglaterra"
LANGUAGES = "Spanish=español|English=inglés|French=francés|Italian=italiano|German=alemán"
NUMBERS = "two=dos|three=tres|four=cuatro|five=cinco|six=seis|seven=siete|eight=ocho|nine=nueve|ten=diez"
HOURS = NUMBERS + "|eleven=once|twelve=doce"
AGES = NUMBERS + "|twelve=doce|fifteen=quince|twenty=veinte|thirty=treinta|forty=cuarenta"
AT = {"hospital", "station", "airport", "restaurant", "hotel", "school", "market", "museum", "store"}
ON = {"beach", "bridge"}


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def pairs(table: str) -> list[tuple[str, str]]:
    """The words of a list as (English, Spanish)."""
    return [(en, es) for en, es in (entry.split("=") for entry in table.split("|"))]


def read_noun(en: str, es: str, tags: str) -> Noun:
    word, gender = es.split()
    # A noun is also its own tag, so that a verb or an adjective may name it.
    return Noun(en, word, gender, frozenset(tags.split()) | {en})


def read_adjective(en: str, es: str, copula: str, before: str, tags: str) -> Adjective:
    return Adjective(en, es, copula, before == "before", frozenset(tags.split()))


def read_verb(en: str, es: str, aspect: str, takes: str = "") -> Verb:
    forms = [form.replace("_", " ") for form in en.split()]
    if len(forms) == 1:
        forms.append(add_ed(forms[0]))
    base, past, participle = (forms + forms[-1:])[:3]
    infinitive, _, change = es.partition(" ")
    return Verb((base, past, participle), infinitive, change, aspect, frozenset(takes.split()))
