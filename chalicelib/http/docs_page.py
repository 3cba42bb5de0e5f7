"""The OpenAPI document as a page to read: one HTML file without scripts, fonts or images, nothing from elsewhere.

In: the document, a language. Out: HTML and its headers. Callers: `reference.py`. The surprise: the style is inside the
page and the content security policy allows exactly that one, by its hash.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from shlex import quote
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from chalicelib.http.docs_texts import Texts, texts_in
from chalicelib.http.openapi import document
from chalicelib.http.samples import sample

Json = dict[str, Any]

TEMPLATES: Final = Path(__file__).with_name("templates")
LONG_BODY: Final = 300
CODE: Final = re.compile(r"`([^`]+)`")
STRONG: Final = re.compile(r"\*\*([^*]+)\*\*")
POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Page:
    html: str
    headers: dict[str, Any]


@cache
def style() -> str:
    return (TEMPLATES / "docs.css").read_text()


@cache
def template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("docs.html.jinja")


@cache
def docs(server: str, language: str) -> Page:
    """Made once: rendering takes a fifth of a second."""
    return page(document(server), language)


def page(spec: Json, language: str) -> Page:
    texts = texts_in(language)
    operations = _operations(spec)
    html = template().render(
        t=texts,
        style=Markup(style()),  # noqa: S704 (a file of ours)
        info=spec["info"],
        server=spec["servers"][0]["url"],
        groups=[
            (tag, [each for each in operations if tag["name"] in each["tags"]])
            for tag in spec["tags"]
        ],
        models=spec["components"]["schemas"],
        prose=prose,
        kind=lambda schema: kind(schema, texts),
        curl=lambda operation: curl(operation, spec),
        described=lambda each: _resolved(each, spec),
    )
    return Page(html, _headers(texts))


def _headers(texts: Texts) -> dict[str, Any]:
    digest = base64.b64encode(sha256(style().encode()).digest()).decode()
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": texts["lang"],
        "Content-Security-Policy": POLICY.format(hash=digest),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Language",
    }


def _operations(spec: Json) -> list[Json]:
    return [
        {**operation, "method": method.upper(), "path": path}
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    ]


def _resolved(each: Json, spec: Json) -> Json:
    """What a reference into the document's components stands for."""
    found = each
    while "$ref" in found:
        *_, shelf, name = found["$ref"].split("/")
        found = spec["components"][shelf][name]
    return found


def prose(text: str) -> Markup:
    """A docstring's `code` and **stress** as HTML; everything else is escaped."""
    escaped = CODE.sub(r"<code>\1</code>", str(escape(text)))
    return Markup(STRONG.sub(r"<strong>\1</strong>", escaped))  # noqa: S704 (escaped above)


def kind(schema: Json, texts: Texts) -> Markup:
    """The type in a few words, with links to models."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#model-{0}">{0}</a>').format(name)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return escape(f" {texts['or']} ").join(kind(each, texts) for each in schema[choice])
    if "enum" in schema:
        return _choices(schema["enum"])
    if "const" in schema:
        return _choices([schema["const"]])
    if schema.get("type") == "array":
        return Markup("{} {}").format(texts["list_of"], kind(schema.get("items", {}), texts))
    return Markup("{}{}").format(_word(schema, texts), _bounds(schema))


def _choices(values: list[Any]) -> Markup:
    return Markup(", ").join(Markup("<code>{}</code>").format(json.dumps(each)) for each in values)


def _word(schema: Json, texts: Texts) -> str:
    word = schema.get("format") or schema.get("type") or "any"
    return texts.get(word, word)


def _bounds(schema: Json) -> str:
    """` 1–100`, in the unit that the type has: characters, items or the number itself."""
    least = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    most = schema.get("maximum", schema.get("maxLength", schema.get("maxItems")))
    if least is not None and most is not None:
        return f" {least}–{most}"
    if most is not None:
        return f" ≤ {most}"
    return "" if least is None else f" ≥ {least}"


def curl(operation: Json, spec: Json) -> str:
    """A command to paste. Long bodies come from a file."""
    path = re.sub(r"{(\w+)}", lambda found: f"${found[1].upper()}", operation["path"])
    lines = [f'curl "$FRAGUA_API_URL{path}"']
    if operation["method"] != "GET":
        lines[0] = f"curl -X {operation['method']}{lines[0].removeprefix('curl')}"
    if operation["security"]:
        person = operation["x-permission"] == "person"
        token = "FRAGUA_ACCESS_TOKEN" if person else "FRAGUA_API_KEY"
        lines.append(f'-H "Authorization: Bearer ${token}"')
    if any(each.get("name") == "Idempotency-Key" for each in operation["parameters"]):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if body := operation.get("requestBody"):
        schema = body["content"]["application/json"]["schema"]
        text = json.dumps(sample(schema, spec["components"]["schemas"]), ensure_ascii=False)
        lines.append("-H 'Content-Type: application/json'")
        lines.append("-d @body.json" if len(text) > LONG_BODY else f"-d {quote(text)}")
    return " \\\n  ".join(lines)
