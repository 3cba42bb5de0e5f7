"""One request as a view sees it.

In: Chalice's request, the wires, the caller. Out: typed bodies and queries, or `InvalidRequest` with every fault.
Callers: `endpoint.py` and the views. The surprise: a body is parsed twice, once for what JSON libraries let pass
(a key that stands twice, NaN) and once by its model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from chalice.app import Request

from chalicelib.errors import InvalidRequest, TooLarge
from chalicelib.identity.principal import Principal
from chalicelib.wiring import Wires

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

HEADER_MAX: Final = 200
CURES: Final = {
    "missing": "add it",
    "extra_forbidden": "leave it out, or mind the spelling",
    "string_type": "send a text",
    "uuid_parsing": "send an id as we give them out",
    "json_invalid": "send one JSON object in UTF-8",
}

Model = TypeVar("Model", bound="BaseModel")


@dataclass(frozen=True)
class Call:
    request: Request
    wires: Wires
    body_bytes_max: int
    caller: Principal | None

    @property
    def principal(self) -> Principal:
        if self.caller is None:
            raise LookupError("a public route asked who the caller is")
        return self.caller

    @property
    def language(self) -> str:
        """`es` when the caller prefers Spanish, else `en`."""
        wanted = str(self.request.headers.get("accept-language", "")).lower()
        return "es" if wanted.startswith("es") else "en"

    @property
    def idempotency_key(self) -> str:
        """Empty when none was sent."""
        key = str(self.request.headers.get("idempotency-key", "")).strip()
        if len(key) > HEADER_MAX or not key.isprintable():
            fault("header Idempotency-Key", "is malformed", "send any unique text, e.g. a UUID")
        return key

    @property
    def required_idempotency_key(self) -> str:
        if not self.idempotency_key:
            fault("header Idempotency-Key", "is missing", "send any unique text, e.g. a UUID")
        return self.idempotency_key

    @property
    def raw(self) -> bytes:
        body = self.request.raw_body
        raw = body.encode() if isinstance(body, str) else body or b""
        if len(raw) > self.body_bytes_max:
            raise TooLarge(
                f"The body has {len(raw)} bytes; at most {self.body_bytes_max} are read.",
                limit_bytes=self.body_bytes_max,
            )
        return raw

    def body_as(self, model: type[Model]) -> Model:
        from pydantic import ValidationError

        raw = self.raw
        _object(raw)
        try:
            return model.model_validate_json(raw, strict=True)
        except ValidationError as error:
            _refuse("body", error)

    def query_as(self, model: type[Model]) -> Model:
        from pydantic import ValidationError

        try:
            return model.model_validate(dict(self.request.query_params or {}))
        except ValidationError as error:
            _refuse("query", error)

    def refuse_a_body(self) -> None:
        """A route that takes nothing takes `{}` or nothing at all."""
        raw = self.raw.strip()
        for name in _object(raw) if raw else ():
            fault(f"body.{name[:40]}", "is not known here", "leave it out")


def fault(path: str, message: str, cure: str) -> NoReturn:
    """Refuses the request with one precise fault."""
    raise InvalidRequest(
        f"{path} {message}; {cure}.", errors=[{"path": path, "message": message, "cure": cure}]
    )


def _refuse(where: str, error: ValidationError) -> NoReturn:
    """Every fault at once. What was sent is not repeated: it may be a password."""
    errors = [
        {
            "path": ".".join([where, *(str(step) for step in one["loc"])]),
            "message": one["msg"].removeprefix("Value error, "),
            "cure": CURES.get(one["type"], "correct it"),
        }
        for one in error.errors(include_input=False, include_url=False, include_context=False)[:50]
    ]
    first = errors[0]
    raise InvalidRequest(f"{first['path']}: {first['message']}; {first['cure']}.", errors=errors)


def _object(raw: bytes) -> dict[str, Any]:
    """Refuses what libraries let pass."""
    try:
        data = json.loads(raw, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
    except (ValueError, RecursionError) as error:
        fault("body", f"is not JSON we can read: {error}", "send one JSON object in UTF-8")
    if not isinstance(data, dict):
        fault("body", f"is a {type(data).__name__}", "send one JSON object")
    return data


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constants(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
