"""What a brain says, and what goes wrong on its way: one frozen value per answer.

In: what a test wants to happen. Out: `Scripted`. Callers: tests, `brains.py`. The surprise: `says` and its kin are written
by the model and cost tokens; `refuses` and its kin are the provider's and cost nothing.
"""

from __future__ import annotations

import json as json_
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, kw_only=True)
class Scripted:
    text: str = ""
    thinking: str = "Let me think."
    """Always on, as with the real ones; shown as a summary."""
    stop_reason: str = "end_turn"
    as_tool: bool = False
    """The text comes as the input of a tool instead."""
    wait_s: float = 0.0
    """Before the first byte."""
    pause_s: float = 0.0
    """Between two pieces of text, filled with pings."""
    pieces_bytes: int = 40
    drop_after: int | None = None
    """The connection breaks after so many characters of text: `abruptly` with a reset, else as if all were said."""
    abruptly: bool = False
    garbled_after: int | None = None
    """An event that is no JSON comes after so many characters."""
    error_after: int | None = None
    """An `error` event comes after so many characters."""
    status: int = 200
    error_type: str = ""
    error_code: str = ""
    message: str = "No."
    headers: dict[str, str] = field(default_factory=dict)


GERMAN = (
    "Die Praxis führt ihre Termine, und wer sie absagt, der bekommt einen neuen, wenn es für den Tag noch einen gibt; "
    "das ist die Regel, die für alle gilt und die niemand umgehen kann."
)


def _texts(json, change):
    if isinstance(json, dict):
        return {name: _texts(value, change) for name, value in json.items()}
    if isinstance(json, list | tuple):
        return [_texts(value, change) for value in json]
    return change(json) if isinstance(json, str) else json


def says(text="", *, json=None, **more):
    return Scripted(text=text if json is None else json_.dumps(json, ensure_ascii=False), **more)


def fenced(json, before="Here you are:\n\n", after="\n\nShall I go on?"):
    return says(f"{before}```json\n{json_.dumps(json, ensure_ascii=False, indent=2)}\n```{after}")


def malformed(json):
    """Cut in the middle, but said to be whole."""
    text = json_.dumps(json, ensure_ascii=False)
    return says(text[: len(text) * 2 // 3])


def foreign(json, **more):
    """The same shape, with every longer text in a language that nobody asked for."""
    return says(json=_texts(json, lambda text: GERMAN if len(text) > 40 else text), **more)


def emptied(json, **more):
    """The same shape, with every longer text gone: files with nothing in them."""
    return says(json=_texts(json, lambda text: "" if len(text) > 40 else text), **more)


def cut(json, share=0.5):
    """Its first part, stopped by the limit; `rest_of` says the other."""
    text = json_.dumps(json, ensure_ascii=False)
    return says(text[: int(len(text) * share)], stop_reason="max_tokens")


def rest_of(json, share=0.5, upto=1.0, **more):
    text = json_.dumps(json, ensure_ascii=False)
    return says(text[int(len(text) * share) : int(len(text) * upto)], **more)


def declines(text=""):
    return says(text, stop_reason="refusal")


def window_exceeded(text="{"):
    return says(text, stop_reason="model_context_window_exceeded")


def pauses(text=""):
    return says(text, stop_reason="pause_turn")


def malformed_tool_input():
    return says('{"path": "a.py", "text": nope', as_tool=True, stop_reason="tool_use")


def dropped(scripted, after=10, *, abruptly=False):
    return replace(scripted, drop_after=after, abruptly=abruptly)


def garbled(scripted, after=10):
    return replace(scripted, garbled_after=after)


def overloaded_midway(scripted, after=10):
    return replace(scripted, error_after=after)


def slow(scripted, *, wait_s=0.0, pause_s=0.0):
    return replace(scripted, wait_s=wait_s, pause_s=pause_s)


def refuses(status, error_type, message="No.", *, error_code="", **headers):
    headers = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Scripted(
        status=status,
        error_type=error_type,
        error_code=error_code,
        message=message,
        headers=headers,
    )


def rate_limited(retry_after=None):
    headers = {} if retry_after is None else {"retry_after": retry_after}
    return refuses(429, "rate_limit_error", "Too many requests.", **headers)


def spend_limit(status=429):
    code = "enforced_spend_limit_reached"
    return refuses(status, "rate_limit_error", "Spend limit reached.", error_code=code)


def overloaded(retry_after=None):
    headers = {} if retry_after is None else {"retry_after": retry_after}
    return refuses(529, "overloaded_error", "Overloaded", **headers)


def broken(status=500):
    return refuses(status, "api_error", "Internal server error")


def too_long(tokens=1_200_000, limit=1_000_000):
    return refuses(
        400, "invalid_request_error", f"prompt is too long: {tokens} tokens > {limit} maximum"
    )
