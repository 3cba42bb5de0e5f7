"""From the words of a model to the shape that was asked for, or to why not.

In: text, a closed Pydantic model. Out: the reply, or a fault to send back as a note. Callers: `asking.py`, `recordings.py`,
the adapter. The surprise: markdown fences and prose around one JSON object are taken off, but only if the rest is read
without a fault; what is in the object is never mended here.
"""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError

from chalicelib.agents.ports import Reply

FAULTS_TOLD_MAX: Final = 12


def read_reply(text: str, shape: type[Reply]) -> tuple[Reply | None, str]:
    """`(reply, "")` or `(None, fault)`."""
    if not text.strip():
        return None, "The reply was empty."
    try:
        return shape.model_validate_json(text), ""
    except ValidationError as error:
        unwrapped = _object_in(text)
        if _is_json(error) or unwrapped == text.strip():
            return None, _told(error)
    try:
        return shape.model_validate_json(unwrapped), ""
    except ValidationError as error:
        return None, _told(error)


def _object_in(text: str) -> str:
    """From the first brace to the last: what is left without fences and prose."""
    first, last = text.find("{"), text.rfind("}")
    return text[first : last + 1] if 0 <= first < last else text.strip()


def _is_json(error: ValidationError) -> bool:
    return error.errors(include_url=False)[0]["type"] != "json_invalid"


def _told(error: ValidationError) -> str:
    """Where and what, never the words themselves: they may be long, or somebody's."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [
        f"{'.'.join(map(str, fault['loc'])) or 'reply'}: {fault['msg'][:200]}"
        for fault in faults[:FAULTS_TOLD_MAX]
    ]
    more = len(faults) - len(lines)
    return "; ".join(lines) + (f"; and {more} more" if more > 0 else "")
