"""The OpenAPI 3.1 document, made from the declared routes and the models of `schemas/`.

In: `ROUTES`. Out: the document as data. Callers: `reference.py`, which serves it; `docs_page.py`; the tests that compare
`docs/openapi.json` and the command line's types with it. The surprise: nothing is described by hand; a summary is the
first sentence of a view's docstring, and whatever a signature says is said here.

    python -m chalicelib.http.openapi > docs/openapi.json
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from typing import Any, Final, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from chalicelib.http.answers import (
    HEADERS,
    Refs,
    answers,
    problem_schemas,
    refusals,
    shared_answers,
)
from chalicelib.http.call import needs_nothing
from chalicelib.http.endpoint import ROUTES, Route
from chalicelib.http.schemas.problems import PROBLEMS, Problem
from chalicelib.http.schemas.shape import Shown

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]

REF: Final = "#/components/schemas/{model}"
SENTENCE_END: Final = re.compile(r"(?<=[.:?])\s+(?=[A-Z`0-9])|(?<=;)\s+|\n")
DESCRIPTION: Final = """\
Describe a business, get a running multi-tenant app that you own.

**Who asks**: `Authorization: Bearer …` with the access token of a sign-in, or with an API key of an organization.
**What is wrong**: every refusal is `application/problem+json` (RFC 9457); `errors` lists each fault with its cure, in
the language of `Accept-Language` (`en` or `es`).
**Repeating**: requests that create take an `Idempotency-Key`; the same key and body answer the same and do nothing more.
**Limits**: counted for each organization and each API key; `RateLimit-*` tells what is left, `Retry-After` when to come back.
**Lists** come in pages: send `next_cursor` as `cursor` until it is null."""
SECURITY_SCHEMES: Final[Json] = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A person's access token, 15 minutes long, from a sign-in or a refresh.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "fragua_…",
        "description": "An organization's API key, for programs.",
    },
}
PARAMETERS: Final[Json] = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "description": "Language of messages: Spanish where it begins with `es`, else English.",
        "schema": {"type": "string", "maxLength": 200, "examples": ["es"]},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` you have.",
        "schema": {"type": "string", "maxLength": 200},
    },
}
IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any unique text, e.g. a UUID: makes it safe to send the same again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


class _Plain(GenerateJsonSchema):
    """Without titles that only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def document(server: str = "/") -> Json:
    """The whole of it. `server` is where the API is reached."""
    refs, schemas = _described(_models())
    errors = {error for route in ROUTES.values() for error in refusals(route)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fragua", "version": "1", "description": DESCRIPTION},
        "servers": [{"url": server}],
        "tags": _tags(),
        "paths": _paths(refs),
        "components": {
            "schemas": schemas | problem_schemas(errors, refs),
            "responses": shared_answers(errors),
            "headers": HEADERS,
            "parameters": PARAMETERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def document_text() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _models() -> list[tuple[type[BaseModel], Mode]]:
    """Bodies as they are read, answers as they are written; each once."""
    found: list[type[BaseModel]] = [Problem, *PROBLEMS.values()]
    for route in ROUTES.values():
        found += [model for model in (route.annotated("body"),) if model]
        found += [route.schema(route.gives)] if route.gives else []
    return [(model, _mode(model)) for model in dict.fromkeys(found)]


def _mode(model: type[BaseModel]) -> Mode:
    """What we write has all its members; what others write may leave out what has a default."""
    return "serialization" if issubclass(model, Shown) else "validation"


def _described(models: list[tuple[type[BaseModel], Mode]]) -> tuple[Refs, Json]:
    found, described = models_json_schema(models, schema_generator=_Plain, ref_template=REF)
    text = json.dumps([[found[each] for each in models], described.get("$defs", {})])
    for name in described.get("$defs", {}):
        if "__" in name:
            text = text.replace(f'/{name}"', f'/{_short(name)}"').replace(
                f'"{name}": {{', f'"{_short(name)}": {{'
            )
    references, schemas = json.loads(text)
    refs = {model: ref for (model, _), ref in zip(models, references, strict=True)}
    return refs, dict(sorted(schemas.items()))


def _short(name: str) -> str:
    """Two models of one name are told apart by where they stand: `chalicelib__mvs__spec__Role` is `MvsRole`."""
    *_, room, module, model = name.split("__")
    place = module if room == "schemas" else room
    return place.title().replace("_", "") + model


def _tags() -> list[Json]:
    modules = dict.fromkeys(route.view.__module__ for route in ROUTES.values())
    return [{"name": _last(each), "description": _purpose(each)} for each in modules]


def _purpose(module: str) -> str:
    return SENTENCE_END.split((sys.modules[module].__doc__ or "").strip(), maxsplit=1)[0]


def _paths(refs: Refs) -> Json:
    paths: Json = {}
    views = [route.view for route in ROUTES.values()]
    for number, route in enumerate(ROUTES.values()):
        name = f"{_last(route.view.__module__)}_{route.view.__name__}"
        if again := views[:number].count(route.view):
            name += f"_{again + 1}"
        operation = {"operationId": name, **_operation(route, refs)}
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return paths


def _operation(route: Route, refs: Refs) -> Json:
    summary, description = _told(route)
    operation: Json = {
        "tags": [_last(route.view.__module__)],
        "summary": summary,
        "description": description,
        "security": _security(route),
        "x-permission": route.needs,
        "parameters": _parameters(route),
    }
    if model := route.annotated("body"):
        content = {"application/json": {"schema": refs[model]}}
        operation["requestBody"] = {"required": not needs_nothing(model), "content": content}
        operation["x-body-bytes-max"] = route.body_bytes_max
    elif route.reads_raw:
        content = {"application/json": {"schema": {"type": "object"}}}
        operation["requestBody"] = {"required": True, "content": content}
        operation["x-body-bytes-max"] = route.body_bytes_max
    operation["responses"] = answers(route, refs)
    return {name: value for name, value in operation.items() if value not in ("", None)}


def _told(route: Route) -> tuple[str, str]:
    text = "\n".join(line.strip() for line in (route.view.__doc__ or "").strip().split("\n"))
    summary, *rest = SENTENCE_END.split(text, maxsplit=1)
    description = "".join(rest).strip()
    return summary.rstrip(".:;"), description[:1].upper() + description[1:]


def _security(route: Route) -> list[Json]:
    if route.needs is None:
        return []
    schemes = ("accessToken",) if route.needs == "person" else ("accessToken", "apiKey")
    return [{name: []} for name in schemes]


def _parameters(route: Route) -> list[Json]:
    found = [_path_parameter(route, name) for name in re.findall(r"{(\w+)}", route.path)]
    if model := route.annotated("query"):
        found += _query_parameters(model)
    if route.creates or route.needs_idempotency_key:
        found.append({**IDEMPOTENCY_KEY, "required": route.needs_idempotency_key})
    if route.cacheable_s:
        found.append({"$ref": "#/components/parameters/IfNoneMatch"})
    return [*found, {"$ref": "#/components/parameters/AcceptLanguage"}]


def _path_parameter(route: Route, name: str) -> Json:
    schema: Json = {"type": "string"}
    if name.endswith("_id"):
        schema["format"] = "uuid"
    elif (kind := route.view.__annotations__[name]) != "str":
        schema = TypeAdapter(route.schema(kind)).json_schema(schema_generator=_Plain)
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema(schema_generator=_Plain, mode="validation")
    return [
        _query_parameter(name, _without_null(each), name in schema.get("required", ()))
        for name, each in schema["properties"].items()
    ]


def _query_parameter(name: str, schema: Json, required: bool) -> Json:
    described = {"name": name, "in": "query", "required": required, "schema": schema}
    if text := schema.pop("description", ""):
        described["description"] = text
    return described


def _without_null(schema: Json) -> Json:
    """A query has no null: what may be left out is left out."""
    kinds = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {k: v for k, v in schema.items() if k not in ("anyOf", "default")}
    return {**rest, **kinds[0]}


def _last(module: str) -> str:
    return module.rpartition(".")[2]


if __name__ == "__main__":
    sys.stdout.write(document_text())
