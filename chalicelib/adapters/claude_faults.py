"""The provider's refusals and silences, and whose turn each is.

In: an error of the SDK. Out: one of ours, without the provider's own words: they may repeat the question's. Callers:
`claude.py`, `claude_patience.py`. The table is in docs/decisions/claude-through-the-sdk.md. The surprise: a 400 is seldom
about the question: a spend limit that somebody set arrives as one too, so all but a question that is too long are an
operator's turn.
"""

from __future__ import annotations

import re
from typing import Final

import anthropic
import httpx2

from chalicelib.errors import ModelAccountRefused, ModelBusy, PlatformError, QuestionTooLong

TOO_LONG: Final = re.compile(r"too long|context (window|length|limit)|exceeds? .*context", re.I)
"""There is no code for it; where the wording changes, the question is refused as any other."""
WORLDS: Final = (408, 409, 429)
TOO_LARGE: Final = 413


def our_error(error: Exception) -> PlatformError:
    if isinstance(error, anthropic.APIStatusError):
        return _status(error)
    if isinstance(error, anthropic.APIConnectionError):
        return ModelBusy("The model can't be reached. Try again later.", was_sent=was_sent(error))
    return ModelBusy(
        f"The model's answer can't be followed ({type(error).__name__}).", was_sent=True
    )


def was_sent(error: anthropic.APIConnectionError) -> bool:
    """Whether the question may have arrived, and so may be charged."""
    return not isinstance(
        error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout
    )


def is_spend_limit(body: object) -> bool:
    """`enforced_spend_limit_reached` and its kin: waiting does not help."""
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    code = details.get("error_code") if isinstance(details, dict) else None
    return isinstance(code, str) and "spend_limit" in code


def spend_limit_reached(response: httpx2.Response) -> ModelAccountRefused:
    return ModelAccountRefused(
        f"The account at the model provider has reached its spend limit{_request_id(response)}. Raise it there."
    )


def _status(error: anthropic.APIStatusError) -> PlatformError:
    status, named = error.status_code, f"{error.status_code} {error.error_code or error.type or ''}"
    if status == TOO_LARGE or (status < 500 and TOO_LONG.search(error.api_message or "")):
        return QuestionTooLong("The question does not fit into the model's window.")
    if is_spend_limit(error.body):
        return spend_limit_reached(error.response)
    if status in WORLDS or status >= 500:
        return ModelBusy(f"The model is busy ({named.strip()}). Try again later.")
    return ModelAccountRefused(
        f"The model provider does not take our request ({named.strip()}){_request_id(error.response)}. "
        "See to the key, the model's name and the limits of the account."
    )


def _request_id(response: httpx2.Response) -> str:
    given = response.headers.get("request-id", "")
    return f", request {given}" if re.fullmatch(r"[\w-]{1,80}", given) else ""
