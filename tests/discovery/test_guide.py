"""The offline guide: rules alone, in Spanish and English; a plain yes is always an answer."""

import time
from pathlib import Path

import pytest
import yaml

from chalicelib.discovery.applying import applied
from chalicelib.discovery.asking import Ask, read_ask
from chalicelib.discovery.beginning import from_blueprint, opening
from chalicelib.discovery.guide import Heard, answer, next_question
from chalicelib.discovery.guide_texts import SAID, TOPICS
from chalicelib.discovery.proposal_texts import PROPOSED
from chalicelib.discovery.proposals import propose
from chalicelib.discovery.shelf import Shelf
from chalicelib.mvs.completeness import CHECKS, THRESHOLD, completeness
from chalicelib.mvs.reading import read_mvs
from infra.catalogue import shared_blueprints, shared_overlays

SHELF = Shelf(shared_blueprints(), shared_overlays())
YES = {"es": "sí", "en": "yes"}
LISTS = {
    "es": "clientes, pedidos, chismes y camiones",
    "en": "customers, orders, gizmos and trucks",
}
EXAMPLES = sorted(Path("examples").glob("*.yaml"))
KEPT = ("fragua", "name", "locales", "industry", "currency", "roles", "entities")


class Talk:
    """A conversation with the guide, as the store would keep it."""

    def __init__(self, locale, mvs=None, ask=None):
        self.locale, self.mvs, self.ask, self.outcome = locale, mvs, ask, None

    def say(self, said):
        heard = Heard(said=said, mvs=self.mvs, ask=read_ask(self.ask), locale=self.locale)
        self.outcome = answer(heard, SHELF)
        self.mvs = self.outcome.mvs or self.mvs
        self.ask = self.outcome.ask or self.ask
        return self.outcome.reply

    @property
    def score(self):
        return completeness(read_mvs(self.mvs)).score

    def fields(self, key):
        entity = next(one for one in self.mvs["entities"] if one["key"] == key)
        return {field["key"]: field["type"] for field in entity["fields"]}


@pytest.mark.parametrize("locale", ["es", "en"])
def test_a_list_of_names_and_nothing_but_yes_leads_to_something_worth_building(locale):
    talk = Talk(locale)
    talk.say(LISTS[locale])
    for _ in range(12):
        if talk.score >= THRESHOLD:
            break
        before = talk.mvs
        talk.say(YES[locale])
        assert talk.mvs != before or talk.ask["about"] != "name"
    assert talk.score >= THRESHOLD
    assert talk.ask["about"] == "ready"


@pytest.mark.parametrize("blueprint", SHELF.blueprints, ids=lambda one: one.key)
@pytest.mark.parametrize("locale", ["es", "en"])
def test_every_blueprint_is_one_number_and_two_yeses_away_from_being_ready(blueprint, locale):
    talk = Talk(locale, ask=opening(locale, SHELF).ask)
    reply = talk.say(str(1 + list(SHELF.blueprints).index(blueprint)))
    assert blueprint.name(locale) in reply
    talk.say(YES[locale])
    talk.say(YES[locale])
    assert talk.ask["about"] == "ready"
    assert talk.mvs["locales" if locale == "en" else "fragua"] in (["en"], 1)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("locale", ["es", "en"])
def test_whatever_an_mvs_lacks_a_yes_supplies_it(example, locale):
    """Everything optional is taken out; only what no yes can know may stay open."""
    whole = yaml.safe_load(example.read_text())
    bare = {key: whole[key] for key in KEPT if key in whole} | {"summary": "?", "problem": "?"}
    for entity in bare["entities"]:
        for member in ("rules", "workflow", "permissions"):
            entity.pop(member, None)
    talk = Talk(locale, mvs=applied(bare, ()), ask=Ask("more").as_data())
    talk.say("sigue" if locale == "es" else "go on")
    for _ in range(20):
        talk.say(YES[locale])
        if talk.ask["about"] == "ready":
            talk.say("sigue" if locale == "es" else "go on")
    assert talk.score >= 90


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.key)
def test_every_question_of_the_score_has_a_name_in_both_languages(check):
    assert all(check.key in TOPICS[locale] for locale in ("es", "en"))


def test_both_languages_say_the_same():
    assert SAID["es"].keys() == SAID["en"].keys()
    assert PROPOSED["es"].keys() == PROPOSED["en"].keys()


def test_a_brief_finds_its_blueprint_its_industry_and_its_name():
    talk = Talk("es")
    reply = talk.say("Tengo una clínica dental que se llama Sonrisa y se me pierden citas")
    assert "Citas y reservas" in reply
    assert talk.mvs["name"] == "Sonrisa"
    assert talk.mvs["industry"] == "health"
    assert talk.outcome.settings["blueprint_key"] == "bookings"


def test_another_blueprint_can_still_be_taken_by_its_number():
    talk = Talk("en")
    talk.say("customers, products and orders")
    others = [one["blueprint"] for one in talk.ask["options"]]
    talk.say("1")
    assert talk.outcome.settings["blueprint_key"] == others[0]


def test_what_nobody_recognizes_is_said_to_be_so():
    talk = Talk("es")
    assert "No reconozco" in talk.say("xyz")
    assert talk.mvs is None
    assert len(talk.ask["options"]) == len(SHELF.blueprints)


@pytest.fixture
def shop():
    talk = Talk("es")
    talk.say("clientes, pedidos y productos")
    talk.say("Casa Paco")
    return talk


def test_a_problem_told_in_own_words_is_kept_as_it_was_told(shop):
    told = "Perdemos diez pedidos a la semana porque van en papeles y nadie sabe cuál se sirvió."
    assert shop.ask["about"] == "problem"
    shop.say(told)
    assert shop.mvs["problem"] == told


def test_stages_are_read_from_a_list_and_the_last_may_be_called_off(shop):
    shop.say("sí")
    shop.say("pedidos: recibido, preparado, entregado, anulado")
    order = next(one for one in shop.mvs["entities"] if one["key"] == "order")
    moves = {one["key"]: one["sources"] for one in order["workflow"]["transitions"]}
    assert order["workflow"]["initial"] == "recibido"
    assert moves["to_anulado"] == ["recibido", "preparado"]
    assert moves["to_entregado"] == ["preparado"]


def test_numbers_take_only_what_they_name(shop):
    shop.say("sí")
    shop.say("sí")
    assert shop.ask["about"] == "rules"
    offered = [one["words"] for one in shop.ask["options"]]
    shop.say("1 y 3")
    rules = [rule["text"] for one in shop.mvs["entities"] for rule in one.get("rules", [])]
    assert sorted(rules) == sorted([offered[0], offered[2]])


def test_what_is_not_wanted_is_not_asked_again_until_somebody_goes_on(shop):
    assert shop.ask["about"] == "problem"
    shop.say("no")
    assert shop.ask["about"] != "problem"
    shop.say("sigue")
    assert shop.ask["about"] == "problem"


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ("añade el campo talla (s, m, l) a productos", "entities.product.fields.talla"),
        ("quita el campo existencias de productos", "entities.product.fields.stock"),
        ("añade furgonetas", "entities.vehicle"),
        ("quita productos", "entities.product"),
        ("añade el rol repartidor", "roles.repartidor"),
        ("llama socios a los clientes", "entities.customer.plural"),
        ("se llama Casa Lola", "name"),
        ("cambia la moneda a dólares", "currency"),
        ("también en inglés", "locales"),
    ],
)
def test_plain_wishes_are_understood_whatever_was_asked(shop, wish, path):
    shop.say(wish)
    assert path in [one["path"] for one in shop.outcome.diff]


def test_a_new_thing_comes_with_the_fields_that_were_named(shop):
    shop.say("añade bicicletas con modelo, precio, fecha de compra y estado (nueva, usada)")
    assert shop.fields("bicicleta") == {"modelo": "text", "precio": "money", "fecha_de_compra": "date", "estado": "choice"}  # fmt: skip


@pytest.mark.parametrize("said", ["bla bla", "quita unicornios", "añade el campo talla a unicornios", "99", "añade", "😀", "'; drop table apps; --", "{{ 7*7 }}"])  # fmt: skip
def test_what_is_not_understood_changes_nothing_and_is_said_to_be_so(shop, said):
    shop.say("sí")
    shop.say("no")
    before, about = shop.mvs, shop.ask["about"]
    reply = shop.say(said)
    assert (shop.mvs, shop.ask["about"]) == (before, about)
    assert "No lo he entendido" in reply


def test_a_rule_in_words_is_kept_and_said_not_to_become_code(shop):
    shop.say("sí")
    shop.say("sí")
    reply = shop.say("Los pedidos de más de mil euros los aprueba la encargada")
    assert "no puedo convertirla en código" in reply


def test_a_refusal_is_explained_and_the_question_stays(shop):
    before = shop.mvs
    shop.ask = {
        **shop.ask,
        "options": [{"words": "x", "changes": [{"op": "remove_role", "key": "staff"}]}],
    }
    assert "Eso no encaja" in shop.say("sí")
    assert shop.mvs == before


def test_options_never_do_more_than_an_mvs_can_bear():
    for blueprint in SHELF.blueprints:
        talk = Talk("es", ask=opening("es", SHELF).ask)
        talk.say(str(1 + list(SHELF.blueprints).index(blueprint)))
        mvs = read_mvs(talk.mvs)
        for check in CHECKS:
            for option in propose(check.key, mvs, "es"):
                from chalicelib.discovery.changes import read_changes

                applied(talk.mvs, read_changes(option.changes))


def test_the_guide_stops_asking_when_the_score_is_reached():
    talk = Talk("en", ask=opening("en", SHELF).ask)
    talk.say("1")
    said, ask = next_question(read_mvs(talk.mvs), Ask("fit"), "en")
    assert ask.about == "ready"
    assert "Approve it" in said


ENDLESS = (
    *("1" * 8000, "1 y " * 2000, "a: b. " * 1300, "(" * 8000, "x, " * 2600, "a -> " * 1600, "-" * 8000),
    *("añade el campo " + "a " * 3900 + "a clientes", "añade " + "con " * 1900, "quita " + "salas, " * 1100),
    *("se llama " + "A " * 3900, "rename " + "to to " * 1300, "llama " + "a a " * 1900, "\x005\x00, \x006\x00 y x"),
)  # fmt: skip


@pytest.mark.parametrize("said", ENDLESS, ids=lambda said: f"{said[:12]!r}")
@pytest.mark.parametrize("about", ["name", "fit", "workflow", "thin_entities", "success"])
def test_whatever_is_typed_is_answered_within_a_moment(said, about):
    blueprint = SHELF.blueprints[0]
    mvs = from_blueprint(blueprint, None, "es").mvs
    began = time.process_time()
    for standing in (mvs, None):
        answer(Heard(said=said, mvs=standing, ask=Ask(about), locale="es"), SHELF)
    assert time.process_time() - began < 2
