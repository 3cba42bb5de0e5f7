"""What is wrong with a request, each fault with its place and its cure, in the caller's language.

In: a Pydantic error, or a kind of `fault_texts.py`. Out: `InvalidRequest` with every fault at once. Callers: `call.py`.
The surprise: nothing that was sent is repeated, it may be a password; only what the declaration says is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from chalicelib.errors import InvalidRequest
from chalicelib.http.fault_texts import TEXTS, WRONG, Text

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

LISTED_MAX: Final = 50
STEP_LENGTH_MAX: Final = 40
NOT_AN_ADDRESS: Final = "value is not a valid email address"


def refuse(path: str, kind: str, language: str, **facts: Any) -> NoReturn:
    """Refuses the request with one fault of a kind that `fault_texts.py` knows."""
    refuse_for([_fault(path, TEXTS[kind], language, facts)])


def refuse_for(errors: list[dict[str, str]]) -> NoReturn:
    first = errors[0]
    raise InvalidRequest(f"{first['path']} {first['message']}; {first['cure']}.", errors=errors)


def refuse_all(where: str, error: ValidationError, language: str) -> NoReturn:
    """Every fault at once, at most 50. `where` is `body` or `query`."""
    found = error.errors(include_input=False, include_url=False)
    refuse_for([_translated(where, one, language) for one in found[:LISTED_MAX]])


def path_of(where: str, steps: tuple[int | str, ...]) -> str:
    """As in faults of an MVS: `body.scopes[0]`."""
    path = where
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step[:STEP_LENGTH_MAX]}"
    return path


def _translated(where: str, error: ErrorDetails, language: str) -> dict[str, str]:
    own_words = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    kind = "email" if own_words.startswith(NOT_AN_ADDRESS) else error["type"]
    facts = {"message": own_words, **error.get("ctx", {})}
    return _fault(path_of(where, error["loc"]), TEXTS.get(kind, WRONG), language, facts)


def _fault(path: str, text: Text, language: str, facts: dict[str, Any]) -> dict[str, str]:
    message, cure = text[2:] if language == "es" else text[:2]
    told = {name: _as_listed(value, language) for name, value in facts.items()}
    return {
        "path": path,
        "message": message.format_map(told),
        "cure": cure.format_map(told),
    }


def _as_listed(value: Any, language: str) -> Any:
    """Pydantic lists values as `'a', 'b' or 'c'`."""
    if language == "es" and isinstance(value, str):
        return value.replace("' or '", "' o '")
    return value
