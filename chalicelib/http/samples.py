"""An example of what a schema describes, always the same one.

In: a JSON Schema of the OpenAPI document. Out: plain data that fits it. Callers: the docs page. The surprise: only what
must be there is in it, unless nothing must.
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

OF_FORMAT: Final = {
    "uuid": "0192f3a4-5b6c-7d8e-9f00-112233445566",
    "date-time": "2026-11-30T09:30:00Z",
    "date": "2026-11-30",
    "email": "ana@example.com",
    "password": "correct horse battery staple",
    "uri": "https://example.com/",
}
OF_TYPE: Final[dict[str, Any]] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def sample(schema: Json, schemas: Json, name: str = "") -> Any:
    """`name` is what the value is called: the example of a text without any other hint."""
    if "$ref" in schema:
        return sample(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    for given in ("examples", "enum"):
        if given in schema:
            return schema[given][0]
    for given in ("const", "default"):
        if schema.get(given) is not None:
            return schema[given]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return sample(schema[choice][0], schemas, name)
    return _of_type(schema, schemas, name)


def _of_type(schema: Json, schemas: Json, name: str) -> Any:
    kind = str(schema.get("type"))
    if kind == "object":
        properties: Json = schema.get("properties", {})
        required: Any = schema.get("required", properties)
        shown = [each for each in properties if each in required]
        return {each: sample(properties[each], schemas, each) for each in shown}
    if kind == "array":
        return [sample(schema.get("items", {}), schemas, name)]
    if kind == "integer":
        return schema.get("minimum", 1)
    if kind in OF_TYPE:
        return OF_TYPE[kind]
    return OF_FORMAT.get(schema.get("format", ""), name.replace("_", " ") or "text")
