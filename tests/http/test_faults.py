"""A malformed request is told what is wrong with it, where, and what to do, in English and in Spanish."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, EmailStr, Field, HttpUrl, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from chalicelib.errors import InvalidRequest
from chalicelib.http.fault_texts import TEXTS
from chalicelib.http.faults import path_of, refuse, refuse_all

NOT_FROM_JSON = {
    *("no_such_attribute", "needs_python_object", "frozen_field", "frozen_instance"),
    *("get_attribute_error", "dataclass_exact_type", "named_tuple_type", "iteration_error"),
    *("default_factory_not_called", "frozen_dict_type", "ordered_dict_type", "counter_type"),
    *("deque_type", "set_item_not_hashable", "missing_sentinel_error", "ellipsis_error"),
    *("is_instance_of", "is_subclass_of", "callable_type", "arguments_type", "missing_argument"),
    *("unexpected_keyword_argument", "missing_keyword_only_argument"),
    *("unexpected_positional_argument", "missing_positional_only_argument"),
    *("multiple_argument_values", "fraction_type", "fraction_parsing"),
    *("complex_type", "complex_str_parsing"),
}
"""Of Python objects, calls and types that no body of ours has."""


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Everything(BaseModel, extra="forbid"):
    text: Annotated[str, Field(min_length=3, max_length=5)] = "text"
    form: Annotated[str, Field(pattern=r"^[a-z]+$")] = "form"
    mail: EmailStr = "a@example.com"
    number: Annotated[int, Field(ge=1, le=9)] = 1
    between: Annotated[float, Field(gt=0, lt=1)] = 0.5
    price: Annotated[Decimal, Field(max_digits=5, decimal_places=2)] = Decimal(1)
    yes: bool = True
    one_of: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    items: Annotated[list[str], Field(min_length=1, max_length=2)] = ["x"]
    by_name: dict[str, int] = {}
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Cat(kind="cat")
    id: UUID = UUID(int=0)
    day: date = date(2026, 1, 1)
    hour: time = time(1)
    at: AwareDatetime = datetime(2026, 1, 1, tzinfo=UTC)
    lasts: timedelta = timedelta(1)
    url: HttpUrl = HttpUrl("https://example.com")
    nothing: None = None


def faults(data, language="en"):
    try:
        Everything.model_validate_json(data, strict=True)
    except ValidationError as error:
        with pytest.raises(InvalidRequest) as refusal:
            refuse_all("body", error, language)
        return refusal.value.facts["errors"]
    raise AssertionError("nothing was refused")


@pytest.mark.parametrize(
    ("data", "path", "message", "cure"),
    [
        ('{"text": 1}', "body.text", "is not a text", "send a text in quotes"),
        ('{"text": "ab"}', "body.text", "is shorter than 3 characters", "send at least 3"),
        ('{"text": "abcdef"}', "body.text", "is longer than 5 characters", "send at most 5"),
        ('{"form": "A"}', "body.form", "does not have the expected form", "send what matches ^[a-z]+$"),
        ('{"mail": "x"}', "body.mail", "is not an email address", "send one as name@example.com"),
        ('{"number": "1"}', "body.number", "is not a whole number", "send a number without fraction, unquoted in JSON"),
        ('{"number": 1.5}', "body.number", "is not a whole number", "send a number without fraction, unquoted in JSON"),
        ('{"number": 0}', "body.number", "is less than 1", "send 1 or more"),
        ('{"number": 10}', "body.number", "is greater than 9", "send 9 or less"),
        ('{"between": 0}', "body.between", "is not greater than 0.0", "send more than 0.0"),
        ('{"between": 1}', "body.between", "is not less than 1.0", "send less than 1.0"),
        ('{"price": "1.234"}', "body.price", "has more than 2 decimals", "round it"),
        ('{"yes": "true"}', "body.yes", "is neither true nor false", "send true or false"),
        ('{"one_of": "c"}', "body.one_of", "is not one of the allowed values", "send 'a' or 'b'"),
        ('{"colour": "pink"}', "body.colour", "is not one of the allowed values", "send 'red' or 'blue'"),
        ('{"items": "x"}', "body.items", "is not a list", "send a list, also for one item"),
        ('{"items": []}', "body.items", "has fewer than 1 items", "send at least 1"),
        ('{"items": ["a", "b", "c"]}', "body.items", "has more than 2 items", "send at most 2"),
        ('{"items": ["a", 2]}', "body.items[1]", "is not a text", "send a text in quotes"),
        ('{"by_name": []}', "body.by_name", "is not an object", "send an object: {…}"),
        ('{"pet": {"kind": "cow"}}', "body.pet", "has a 'kind' we don't know", "send one of 'cat', 'dog'"),
        ('{"pet": {}}', "body.pet", "has no 'kind'", "add it"),
        ('{"id": "x"}', "body.id", "is not an id", "send an id as we give them out, a UUID"),
        ('{"day": "x"}', "body.day", "is not a date", "send it as 2026-11-30"),
        ('{"hour": "x"}', "body.hour", "is not a time of day", "send it as 09:30:00"),
        ('{"at": "x"}', "body.at", "is not a point in time", "send it as 2026-11-30T09:30:00Z"),
        ('{"at": "2026-11-30T09:30:00"}', "body.at", "has no time zone", "add one, e.g. Z"),
        ('{"lasts": "x"}', "body.lasts", "is not a length of time", "send it as PT15M"),
        ('{"url": "x"}', "body.url", "is not a web address", "send a complete address, e.g. https://example.com/"),
        ('{"url": "ftp://x.y"}', "body.url", "does not begin as allowed", "begin with 'http' or 'https'"),
        ('{"nothing": 1}', "body.nothing", "must be null", "send null"),
        ('{"nope": 1}', "body.nope", "is not known here", "leave it out, or mind the spelling"),
        ("{", "body", "is not JSON that we can read", "send one JSON object in UTF-8"),
        ("[]", "body", "is not an object", "send an object: {…}"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_has_its_place_its_reason_and_its_cure(data, path, message, cure):
    assert faults(data) == [{"path": path, "message": message, "cure": cure}]


@pytest.mark.parametrize(
    ("data", "message", "cure"),
    [
        ('{"text": "ab"}', "tiene menos de 3 caracteres", "envíe al menos 3"),
        ('{"one_of": "c"}', "no es uno de los valores permitidos", "envíe 'a' o 'b'"),
        ('{"nope": 1}', "no se conoce aquí", "quítelo, o revise cómo está escrito"),
    ],
)
def test_whoever_asks_in_spanish_is_answered_in_spanish(data, message, cure):
    assert [(one["message"], one["cure"]) for one in faults(data, "es")] == [(message, cure)]


def test_every_kind_that_json_can_cause_has_its_words():
    known = {error["type"] for error in list_all_errors()}
    assert known - set(TEXTS) == NOT_FROM_JSON


def test_what_a_schema_of_ours_refuses_has_its_words_in_both_languages():
    schemas = [path.read_text() for path in Path("chalicelib/http/schemas").glob("*.py")]
    kinds = {kind for text in schemas for kind in re.findall(r'CustomError\(\s*"(\w+)"', text)}
    assert kinds
    assert kinds <= set(TEXTS)
    assert not [text for text in schemas if "ValueError(" in text]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("error", list_all_errors(), ids=lambda error: error["type"])
def test_the_gaps_of_every_text_are_facts_that_come_with_the_fault(error, language):
    if error["type"] not in TEXTS:
        return
    facts = {"message": "m", **(error["example_context"] or {})}
    with pytest.raises(InvalidRequest):
        refuse("body", error["type"], language, **facts)


def test_a_fault_never_repeats_what_was_sent():
    told = str(
        faults('{"text": "a secret", "id": "a secret", "mail": "a secret", "url": "a secret"}')
    )
    assert "secret" not in told


def test_every_fault_is_told_at_once():
    assert len(faults('{"text": 1, "number": "x", "yes": 2}')) == 3


def test_a_path_reads_as_in_faults_of_an_mvs():
    assert path_of("body", ("rules", 2, "field")) == "body.rules[2].field"
    assert path_of("body", ("x" * 1000,)) == "body." + "x" * 40


def problem_of(api, method, path, **sent):
    status, body, _ = api(method, path, **sent)
    return (
        status,
        body.get("errors", [{}])[0].get("path"),
        body.get("errors", [{}])[0].get("message"),
    )


@pytest.mark.parametrize(
    ("query", "path", "message"),
    [
        ("?limit=1&limit=2", "query.limit", "stands there more than once"),
        ("?Limit=1", "query.Limit", "is not known here"),
        ("?limit=", "query.limit", "is not a whole number"),
        ("?limit=1.5", "query.limit", "is not a whole number"),
        ("?cursor=%00", "query.cursor", "contains a NUL character"),
    ],
)
def test_a_query_is_read_to_the_letter(api, query, path, message):
    assert problem_of(api, "GET", f"/v1/apps{query}") == (422, path, message)


def test_a_route_without_a_query_takes_none(api):
    assert problem_of(api, "GET", "/v1/schemas/mvs?x=1") == (422, "query.x", "is not known here")
    assert problem_of(api, "POST", "/v1/mvs/validate?x=1")[:2] == (422, "query.x")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"mvs": 1, "mvs": 2}', "has a name that stands twice in one object"),
        (b'{"mvs": NaN}', "has NaN or Infinity, which are not JSON"),
        (rb'{"mvs": "\u0000"}', "contains a NUL character"),
        (rb'{"mvs": "\ud800"}', "has half a character"),
        (b"[" * 100_000, "is not JSON that we can read"),
        (b'{"mvs": ' + b"[" * 900 + rb'"\u0000"' + b"]" * 900 + b"}", None),
        (b"[]", "is not an object"),
    ],
)
def test_what_json_libraries_let_pass_is_refused(api, raw, message):
    status, path, told = problem_of(api, "POST", "/v1/apps", raw=raw)
    assert (status, path) == (422, "body")
    assert message is None or told == message


def test_a_backslash_before_u0000_is_only_a_text(api):
    status, body, _ = api("POST", "/v1/mvs/validate", raw=rb'{"mvs": "\\u0000"}')
    assert (status, body["valid"]) == (200, False)


def test_headers_may_not_be_larger_than_anybody_needs(api):
    status, body, _ = api("GET", "/v1/apps", headers={"X-Long": "x" * 9000})
    assert (status, body["type"]) == (431, "urn:fragua:problem:headers-too-large")
    assert body["limit_bytes"] == 8192


def test_a_read_does_not_mind_what_content_type_it_comes_with(api):
    assert api("GET", "/v1/apps", headers={"Content-Type": "text/plain"})[0] == 200
