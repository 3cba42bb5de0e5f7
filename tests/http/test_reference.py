"""The document and the page that say what the API is."""

import base64
import hashlib
import json
import re

import pytest
from chalice.test import Client

from chalicelib.http import docs_texts
from chalicelib.http.docs_page import page
from chalicelib.http.openapi import document
from chalicelib.http.samples import sample


@pytest.fixture
def ask(world, app):
    with Client(app, stage_name="dev") as client:

        def ask(path, **headers):
            return client.http.get(path, headers=headers)

        yield ask


def test_the_document_is_public_and_kept_by_its_etag(ask):
    answer = ask("/v1/openapi.json")
    assert (answer.status_code, json.loads(answer.body)["openapi"]) == (200, "3.1.0")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = ask("/v1/openapi.json", **{"If-None-Match": f'"x", W/{answer.headers["ETag"]}'})
    assert (again.status_code, again.body) == (304, b"")


def test_the_document_says_where_the_api_is(ask, world):
    served = json.loads(ask("/v1/openapi.json").body)
    assert served["servers"] == [{"url": world.settings.public_url}]


def test_the_page_is_there_in_two_languages(ask):
    spanish = ask("/v1/docs", **{"Accept-Language": "es-ES"})
    assert (spanish.status_code, spanish.headers["Content-Language"]) == (200, "es")
    assert "Referencia de la API" in spanish.body.decode()
    assert "API reference" in ask("/v1/docs?lang=en", **{"Accept-Language": "es"}).body.decode()
    assert ask("/v1/docs?lang=fr").status_code == 422


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(ask):
    answer = ask("/v1/docs")
    html = answer.body.decode()
    assert not re.search(r"<script|<img|<link|<iframe|<form|\son\w+=|style=|url\(|@import", html)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_page_has_every_operation_and_every_model():
    html = page(document(), "en").html
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            assert f'<article id="{operation["operationId"]}">' in html, path
    for name in document()["components"]["schemas"]:
        assert f'id="model-{name}"' in html


def test_every_link_of_the_page_leads_somewhere():
    html = page(document(), "es").html
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= ids


def test_what_is_described_can_not_become_markup():
    hostile = json.loads(json.dumps(document()).replace("Make an app", "<script>x</script>"))
    assert "<script>" not in page(hostile, "en").html


def test_both_languages_say_the_same_things():
    assert docs_texts.EN.keys() == docs_texts.ES.keys()


def test_the_example_of_every_body_fits_its_schema():
    import jsonschema_rs

    schemas = document()["components"]["schemas"]
    for methods in document()["paths"].values():
        for operation in methods.values():
            if body := operation.get("requestBody"):
                schema = body["content"]["application/json"]["schema"]
                whole = {**schema, "components": {"schemas": schemas}}
                jsonschema_rs.validator_for(whole).validate(sample(schema, schemas))


def test_the_examples_show_whose_credentials_an_operation_takes():
    html = page(document(), "en").html
    key, person, anybody = (
        html[html.index(f'<article id="{name}">') :].split("</article>")[0]
        for name in ("apps_create", "me_read", "mvs_show_schema")
    )
    assert "$FRAGUA_API_KEY" in key
    assert "$FRAGUA_ACCESS_TOKEN" in person
    assert "Authorization" not in anybody
