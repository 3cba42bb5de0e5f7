"""The OpenAPI document is valid, complete, and the same as the committed copy."""

import os
import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.errors import PlatformError
from chalicelib.http.answers import refusals
from chalicelib.http.endpoint import ROUTES
from chalicelib.http.openapi import document, document_text
from chalicelib.tenancy.roles import OWNER

COPY = Path("docs/openapi.json")
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
}


def every_operation(test):
    return pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)(test)


def test_it_is_an_openapi_3_1_document():
    OpenAPIV31SpecValidator(document()).validate()


def test_the_committed_copy_is_what_the_code_says():
    if os.environ.get("UPDATE_DOCS"):
        COPY.write_text(document_text())
    assert COPY.read_text() == document_text(), (
        "run: UPDATE_DOCS=1 pytest tests/http/test_openapi.py"
    )


def test_every_route_of_the_app_is_in_it(app):
    served = {f"{method} {path}" for path, methods in app.routes.items() for method in methods}
    assert set(OPERATIONS) == served


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)


@every_operation
def test_an_operation_has_a_summary_that_fits_on_a_line(operation):
    assert 5 < len(operation["summary"]) < 100
    assert operation["summary"][0].isupper() or operation["summary"][0] == "`"


@every_operation
def test_an_operation_says_who_may_ask(operation):
    permission = operation.get("x-permission")
    assert permission in {None, "person", *OWNER}
    assert bool(operation["security"]) == bool(permission)
    assert ("401" in operation["responses"]) >= bool(permission)


@every_operation
def test_an_operation_can_be_malformed_refused_for_a_while_and_fail(operation):
    assert {"422", "429", "431", "500", "503"} <= set(operation["responses"])


@pytest.mark.parametrize("route", ROUTES.values(), ids=OPERATIONS)
def test_each_refusal_has_a_status_of_its_class(route):
    refused = refusals(route)
    assert refused[-1] is PlatformError
    assert {str(error.status) for error in refused} <= set(
        OPERATIONS[f"{route.method} {route.path}"]["responses"]
    )


@every_operation
def test_path_parameters_are_those_of_the_path(operation):
    path = next(key for key, one in OPERATIONS.items() if one is operation).split()[1]
    declared = {one["name"] for one in operation["parameters"] if one.get("in") == "path"}
    assert declared == set(re.findall(r"{(\w+)}", path))


def test_models_have_short_names():
    assert [name for name in document()["components"]["schemas"] if re.search(r"__|-", name)] == []


def test_a_route_that_creates_takes_an_idempotency_key():
    made = OPERATIONS["POST /v1/apps"]["parameters"]
    started = OPERATIONS["POST /v1/apps/{app_id}/generations"]["parameters"]
    assert [one["required"] for one in made if one.get("name") == "Idempotency-Key"] == [False]
    assert [one["required"] for one in started if one.get("name") == "Idempotency-Key"] == [True]


def test_what_is_made_has_an_address():
    made = OPERATIONS["POST /v1/apps"]["responses"]["201"]
    assert made["headers"]["Location"]["required"]


def test_nothing_is_null_in_a_query():
    for operation in OPERATIONS.values():
        for one in operation["parameters"]:
            assert "null" not in str(one.get("schema"))


def test_several_refusals_of_one_status_are_told_apart_by_type():
    refused = OPERATIONS["POST /v1/apps"]["responses"]["422"]
    assert len(refused["content"]["application/problem+json"]["schema"]["anyOf"]) == 2
