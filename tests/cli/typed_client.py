"""Writes `cli/api_types.py` from `docs/openapi.json`: the shapes of bodies and answers, and one signature per operation.

In: the committed document. Out: the module's text. Callers: the test that compares it.
The surprise: a command that asks an address that does not exist, forgets an id, or reads a member that is not there does
not pass the type checker, because `path` is a literal.

    UPDATE_DOCS=1 .venv/bin/python -m pytest tests/cli/test_api_types.py
"""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DOCUMENT = Path("docs/openapi.json")
BIN = Path(sys.executable).parent
SCHEMA_REF = re.compile(r'"#/components/schemas/([^"]+)"')
MVS = "#/components/schemas/Mvs"
JSON_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
HEAD = '''"""The API as types: written by `tests/cli/typed_client.py` from `docs/openapi.json`, not by hand.

In: nothing. Out: the shapes of bodies and answers, and `TypedApi` with a signature for each operation. Callers: `client.py`
and the commands. The surprise: paths are literals with their gaps, so the type checker knows what each one answers.
"""
# ruff: noqa: PLR0904, A002

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict, overload

'''
FOOT = '''
    def pages(self, path: str, **given: Any) -> Iterator[Any]:
        """Every item of a paged list."""
        while True:
            page = self.call("GET", path, None, {"limit": 100, **given})
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            given["cursor"] = page["next_cursor"]

    def call(self, method: str, path: str, body: Any, given: dict[str, Any]) -> Any:
        """`given`: what fills the gaps of the path; the rest is the query, `idempotency_key` a header.

        A name that Python keeps for itself ends in an underscore.
        """
        raise NotImplementedError
'''


def module_text() -> str:
    document = json.loads(DOCUMENT.read_text(), object_hook=with_any_mvs)
    text = HEAD + shapes(document) + "\n\n" + "\n".join(signatures(document)) + FOOT
    return formatted(text)


def with_any_mvs(schema: dict[str, Any]) -> dict[str, Any]:
    """Commands read an MVS from a file and send it as it is."""
    return {"type": "object"} if schema.get("$ref") == MVS else schema


def shapes(document: dict[str, Any]) -> str:
    """TypedDicts of what operations take and give, and of problems."""
    schemas = document["components"]["schemas"]
    wanted = {name for name in schemas if name.startswith("Problem")}
    found = set(SCHEMA_REF.findall(json.dumps(served(document))))
    while found - wanted:
        wanted |= found
        found = set(SCHEMA_REF.findall(json.dumps([schemas[name] for name in wanted])))
    chosen = {name: schemas[name] for name in sorted(wanted)}
    return generated({**document, "paths": {}, "components": {"schemas": chosen}})


def served(document: dict[str, Any]) -> list[Any]:
    """Bodies and good answers of every operation."""
    return [
        [operation.get("requestBody"), *(v for k, v in operation["responses"].items() if k < "3")]
        for methods in document["paths"].values()
        for operation in methods.values()
    ]


def generated(document: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "types.py")
        source.write_text(json.dumps(document))
        command = [BIN / "datamodel-codegen", "--input", source, "--output", target]
        command += ["--input-file-type", "openapi", "--output-model-type", "typing.TypedDict"]
        command += ["--target-python-version", "3.11", "--enum-field-as-literal", "all"]
        command += ["--use-standard-collections", "--use-union-operator", "--disable-timestamp"]
        command += [
            "--no-use-closed-typed-dict",
            "--use-schema-description",
            "--formatters",
            "builtin",
        ]
        subprocess.run(command, check=True, capture_output=True)
        text = target.read_text()
    return text[re.search(r"^(?:class |\w+: TypeAlias)", text, re.MULTILINE).start() :]


def signatures(document: dict[str, Any]) -> list[str]:
    lines = ["class TypedApi:", '    """What the API offers; `call` does it."""', ""]
    for method in ("get", "post", "put", "patch", "delete"):
        found = [
            signature(method, path, methods[method])
            for path, methods in document["paths"].items()
            if method in methods and answer_of(methods[method])
        ]
        if len(found) < 2:
            found.append(f"    @overload\n    def {method}(self, path: Literal['']) -> None: ...")
        lines += [*found, implementation(method)]
    paged = [
        signature("pages", path, methods["get"], f"Iterator[{item}]")
        for path, methods in document["paths"].items()
        if (item := item_of_page(methods.get("get"), document))
    ]
    return lines + paged


def implementation(method: str) -> str:
    body = "None" if method == "get" else "body"
    taken = "" if method == "get" else ", body: Any = None"
    return (
        f"    def {method}(self, path: str{taken}, **given: Any) -> Any:\n"
        f'        return self.call("{method.upper()}", path, {body}, given)\n'
    )


def signature(method: str, path: str, operation: dict[str, Any], answer: str = "") -> str:
    taken = ["self", f"path: Literal[{json.dumps(path)}]"]
    if body := operation.get("requestBody"):
        shape = type_of(body["content"]["application/json"]["schema"])
        taken.append(f"body: {shape}" + ("" if body.get("required") else " | None = ..."))
    if named := arguments(operation, is_paged=method == "pages"):
        taken += ["*", *named]
    return f"    @overload\n    def {method}({', '.join(taken)}) -> {answer or answer_of(operation)}: ..."


def arguments(operation: dict[str, Any], *, is_paged: bool) -> list[str]:
    found = []
    for one in operation["parameters"]:
        if one.get("in") == "path":
            found.append(f"{one['name']}: str")
        elif one.get("in") == "query" and not (is_paged and one["name"] == "cursor"):
            name = one["name"] + "_" * keyword.iskeyword(one["name"])
            found.append(
                f"{name}: {type_of(one['schema'])}" + ("" if one["required"] else " = ...")
            )
        elif one.get("name") == "Idempotency-Key":
            found.append("idempotency_key: str" + ("" if one["required"] else " = ..."))
    return found


def answer_of(operation: dict[str, Any]) -> str:
    """Empty for what is not for commands: pages, redirections."""
    status, answer = next((k, v) for k, v in operation["responses"].items() if k != "304")
    if not status.startswith("2"):
        return ""
    for media, content in answer.get("content", {}).items():
        if media != "application/json":
            return "str" if media.startswith("text/csv") else ""
        return type_of(content["schema"])
    return "None"


def item_of_page(operation: dict[str, Any] | None, document: dict[str, Any]) -> str:
    name = answer_of(operation) if operation else ""
    members = document["components"]["schemas"].get(name, {}).get("properties", {})
    return type_of(members["items"]["items"]) if "next_cursor" in members else ""


def type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(each) for each in schema['enum'])}]"
    if "anyOf" in schema:
        return " | ".join(type_of(each) for each in schema["anyOf"])
    return JSON_TYPES.get(schema.get("type", ""), "dict[str, Any]")


def formatted(text: str) -> str:
    for task in (["check", "--fix", "-q"], ["format", "-q"]):
        command = [BIN / "ruff", *task, "--stdin-filename", "cli/api_types.py", "-"]
        text = subprocess.run(
            command, input=text, capture_output=True, text=True, check=True
        ).stdout
    return text
