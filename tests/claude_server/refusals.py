"""What the provider refuses before any model reads it, each seen in its documentation or in the SDK's errors.

In: a request's body and headers. Out: a refusal, or nothing. Callers: `server.py`. The surprise: this is where a test
learns that we send what the real one would not take.
"""

from __future__ import annotations

import re

from tests.claude_server.asked import blocks
from tests.claude_server.scripted import refuses

BREAKPOINTS_MAX = 4
EFFORTS = ("low", "medium", "high", "xhigh", "max")
SAMPLING = ("temperature", "top_p", "top_k")


def refusal(body, headers, *, key, models):
    shown = headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-api-key")
    if shown != key:
        return refuses(401, "authentication_error", "invalid x-api-key")
    if "anthropic-version" not in headers:
        return _invalid("anthropic-version: header is required")
    if body.get("model") not in models:
        return refuses(404, "not_found_error", f"model: {body.get('model')}")
    for check in (_content, _shape, _sampling):
        found = check(body)
        if found:
            return found
    return None


def _content(body):
    messages = body.get("messages") or []
    if not messages or messages[0]["role"] != "user":
        return _invalid("messages: first message must use the user role")
    if messages[-1]["role"] != "user":
        return _invalid("This model does not support assistant message prefill.")
    found = blocks(body)
    if any(block["type"] == "text" and not block["text"] for block in found):
        return _invalid("messages: text content blocks must be non-empty")
    if sum("cache_control" in block for block in found) > BREAKPOINTS_MAX:
        return _invalid("A maximum of 4 blocks with cache_control may be provided.")
    return None


def _shape(body):
    config = body.get("output_config") or {}
    if config.get("effort") not in (None, *EFFORTS):
        return _invalid("output_config.effort: invalid value")
    wanted = config.get("format")
    if wanted and wanted.get("type") != "json_schema":
        return _invalid("output_config.format.type: invalid value")
    if wanted and not _is_closed(wanted["schema"]):
        return _invalid("output_config.format.schema: additionalProperties must be false")
    return None


def _sampling(body):
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        return _invalid("max_tokens: must be at least 1")
    if re.search("opus", body["model"]) and any(name in body for name in SAMPLING):
        return _invalid("temperature, top_p and top_k are not supported by this model")
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        return _invalid("tool_choice: forced tool use is not supported while thinking")
    if (body.get("thinking") or {}).get("type") == "disabled":
        return _invalid("thinking: can't be disabled for this model")
    return None


def _is_closed(schema):
    if isinstance(schema, list):
        return all(map(_is_closed, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return False
    return all(map(_is_closed, schema.values()))


def _invalid(message):
    return refuses(400, "invalid_request_error", message)
