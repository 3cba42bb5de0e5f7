"""One request as a view sees it.

In: Chalice's request, the wires, the caller. Out: typed bodies and queries, or `InvalidRequest` with every fault.
Callers: `endpoint.py` and the views. The surprise: a body is parsed twice, once for what JSON libraries let pass
(a key that stands twice, NaN, NUL) and once by its model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeVar

from chalice.app import Request

from chalicelib.errors import HeadersTooLarge, TooLarge
from chalicelib.http.faults import refuse, refuse_all, refuse_for
from chalicelib.identity.principal import Principal
from chalicelib.wiring import Wires

if TYPE_CHECKING:
    from pydantic import BaseModel

HEADER_MAX: Final = 200
HEADERS_BYTES_MAX: Final = 8 * 1024
ONCE: Final = frozenset({"authorization", "content-type", "idempotency-key"})
"""Headers that a proxy may read differently from us when they stand twice."""

Language = Literal["es", "en"]
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
    def language(self) -> Language:
        return language_of(self.request)

    @property
    def idempotency_key(self) -> str:
        """Empty when none was sent."""
        key = str(self.request.headers.get("idempotency-key", "")).strip()
        if len(key) > HEADER_MAX or not key.isprintable():
            refuse("header Idempotency-Key", "bad_key", self.language)
        return key

    @property
    def required_idempotency_key(self) -> str:
        if not self.idempotency_key:
            refuse("header Idempotency-Key", "no_key", self.language)
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
        if not raw.strip() and needs_nothing(model):
            raw = b"{}"
        self._object(raw)
        try:
            return model.model_validate_json(raw, strict=True)
        except ValidationError as error:
            refuse_all("body", error, self.language)

    def query_as(self, model: type[Model]) -> Model:
        from pydantic import ValidationError

        try:
            return model.model_validate(self._query())
        except ValidationError as error:
            refuse_all("query", error, self.language)

    def refuse_a_query(self) -> None:
        """A route that asks nothing of the query takes none: a typo must not pass silently."""
        for name in self._query():
            refuse(f"query.{name[:40]}", "extra_forbidden", self.language)

    def refuse_a_body(self) -> None:
        """A route that takes nothing takes `{}` or nothing at all."""
        raw = self.raw.strip()
        for name in self._object(raw) if raw else ():
            refuse(f"body.{name[:40]}", "extra_forbidden", self.language)

    def _query(self) -> dict[str, str]:
        sent = self.request.query_params
        if sent is None:
            return {}
        for name in sent:
            if len(sent.getlist(name)) > 1:
                refuse(f"query.{name[:40]}", "twice", self.language)
            if "\x00" in sent[name]:
                refuse(f"query.{name[:40]}", "nul", self.language)
        return dict(sent)

    def _object(self, raw: bytes) -> dict[str, Any]:
        """Refuses what libraries let pass."""
        try:
            data = EXACT_JSON.decode(raw.decode())
            if b"\\u" in raw:
                _refuse_what_is_no_text(data)
        except _Sly as error:
            refuse("body", str(error), self.language)
        except (ValueError, RecursionError):
            refuse("body", "json_invalid", self.language)
        if not isinstance(data, dict):
            refuse("body", "model_type", self.language)
        return data


def needs_nothing(model: type[BaseModel]) -> bool:
    """Whether a body may be left out."""
    return not any(field.is_required() for field in model.model_fields.values())


def language_of(request: Request) -> Language:
    """`es` when the caller prefers Spanish, else `en`."""
    wanted = str(request.headers.get("accept-language", "")).lower()
    return "es" if wanted.startswith("es") else "en"


def refuse_strange_headers(request: Request) -> None:
    """Too many bytes, or two answers to a question that has one. The gateway itself lets 10 KB through."""
    event = request.to_original_event()
    sent = sum(map(len, map(str, chain.from_iterable((event["headers"] or {}).items()))))
    if sent > HEADERS_BYTES_MAX:
        raise HeadersTooLarge(
            f"The headers have {sent} bytes; at most {HEADERS_BYTES_MAX} are read.",
            limit_bytes=HEADERS_BYTES_MAX,
        )
    every = event.get("multiValueHeaders") or {}
    for name, values in every.items():
        if len(values) > 1 and name.lower() in ONCE:
            refuse(f"header {name}", "twice", language_of(request))


def fault(path: str, message: str, cure: str) -> NoReturn:
    """Refuses the request with one precise fault that no table knows."""
    refuse_for([{"path": path, "message": message, "cure": cure}])


class _Sly(ValueError):
    """JSON that libraries read differently from one another; its text is a kind of `fault_texts.py`."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Sly("duplicate")
    return found


def _no_constants(name: str) -> NoReturn:
    raise _Sly("no_number")


EXACT_JSON: Final = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constants)


def _refuse_what_is_no_text(data: Any) -> None:
    """Databases keep no NUL; half a surrogate pair is not a character."""
    written = json.dumps(data, ensure_ascii=False)
    if "\\u0000" in written.replace("\\\\", ""):
        raise _Sly("nul")
    try:
        written.encode()
    except UnicodeEncodeError:
        raise _Sly("half_character") from None
