"""What to start from, over HTTP."""

import uuid

import pytest

from chalicelib.catalog.records import Blueprint
from chalicelib.mvs.reading import read_mvs
from tests.generation.business import around, entity


@pytest.fixture
def own(world, api):
    """A blueprint the organization made itself, in one language."""
    mvs = around(entity("pot")) | {"name": "Potters"}
    entry = Blueprint(
        key="pottery", locale="en", body={"name": "Pottery", "mvs": mvs}, is_shared=False
    )
    world.catalogue.own[world.tenant] = [entry]
    return entry


def test_blueprints_are_told_in_the_language_asked_for(api):
    status, told, _ = api("GET", "/v1/blueprints?locale=es")
    assert status == 200
    bookings = next(one for one in told["items"] if one["key"] == "bookings")
    assert (bookings["name"], bookings["is_shared"]) == ("Citas y reservas", True)
    assert "Clientes" in bookings["entities"]


def test_without_a_language_the_requests_own_is_spoken(api):
    told = api("GET", "/v1/blueprints", headers={"Accept-Language": "es"})[1]
    assert "Citas y reservas" in [one["name"] for one in told["items"]]


def test_industries_say_what_they_add(api):
    _, told, _ = api("GET", "/v1/industry-overlays?locale=en")
    health = next(one for one in told["items"] if one["industry"] == "health")
    assert (health["adds"], health["roles"]) == (["Consents"], ["Clinician"])


@pytest.mark.parametrize("query", ["?locale=es", "?locale=en&industry=health&name=Sonrisa"])
def test_a_blueprint_comes_with_a_valid_mvs(api, query):
    status, told, _ = api("GET", f"/v1/blueprints/bookings{query}")
    assert status == 200
    mvs = read_mvs(told["mvs"])
    assert mvs.industry == ("health" if "health" in query else "services")
    assert mvs.name == ("Sonrisa" if "Sonrisa" in query else "Citas y reservas")


def test_an_own_blueprint_is_listed_for_its_organization_alone(api, world, own):
    keys = [one["key"] for one in api("GET", "/v1/blueprints")[1]["items"]]
    assert "pottery" in keys
    assert api("GET", "/v1/blueprints/pottery")[0] == 200
    other = world.api_keys.issue(uuid.uuid4())
    assert api("GET", "/v1/blueprints/pottery", key=other)[0] == 404


def test_an_own_blueprint_that_does_not_hold_is_refused_with_its_faults(api, own):
    own.body["mvs"]["entities"][0]["title"] = "nowhere"
    status, told, _ = api("GET", "/v1/blueprints/pottery")
    assert (status, told["errors"][0]["path"]) == (422, "entities[0].title")


@pytest.mark.parametrize("path", ["/v1/blueprints/none", "/v1/blueprints/bookings?industry=none"])
def test_what_is_not_there_is_not_found(api, path):
    assert api("GET", path)[0] == 404


@pytest.mark.parametrize("query", ["locale=fr", "industry=Not a key", "unknown=1", "name="])
def test_a_malformed_question_is_refused(api, query):
    assert api("GET", f"/v1/blueprints/bookings?{query}")[0] == 422
