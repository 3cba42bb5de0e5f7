"""The events of an answer, in the order and the form in which the provider sends them.

In: what a brain says. Out: server-sent events as bytes, or one JSON message. Callers: `server.py`.
"""

from __future__ import annotations

import json

from tests.claude_server.caching import tokens


def event(name, **data):
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()


def usage(counted, output_tokens):
    return {
        "input_tokens": counted.input_tokens,
        "cache_creation_input_tokens": counted.cache_write,
        "cache_read_input_tokens": counted.cache_read,
        "output_tokens": output_tokens,
    }


def start(message_id, model, counted):
    message = {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage(counted, 1),
    }
    return event("message_start", message=message)


def thinking(text):
    yield event(
        "content_block_start",
        index=0,
        content_block={"type": "thinking", "thinking": "", "signature": ""},
    )
    yield event("ping")
    yield event("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": text})
    yield event(
        "content_block_delta", index=0, delta={"type": "signature_delta", "signature": "c2ln"}
    )
    yield event("content_block_stop", index=0)


def block_start(scripted):
    empty = {"type": "text", "text": ""}
    if scripted.as_tool:
        empty = {"type": "tool_use", "id": "toolu_01", "name": "reply", "input": {}}
    return event("content_block_start", index=1, content_block=empty)


def piece(scripted, text):
    delta = {"type": "text_delta", "text": text}
    if scripted.as_tool:
        delta = {"type": "input_json_delta", "partial_json": text}
    return event("content_block_delta", index=1, delta=delta)


def end(scripted):
    yield event("content_block_stop", index=1)
    yield event(
        "message_delta",
        delta={"stop_reason": scripted.stop_reason, "stop_sequence": None},
        usage={"output_tokens": output_tokens(scripted)},
    )
    yield event("message_stop")


def whole(message_id, model, scripted, counted):
    """Without a stream."""
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [
            {"type": "thinking", "thinking": scripted.thinking, "signature": "c2ln"},
            {"type": "text", "text": scripted.text},
        ],
        "stop_reason": scripted.stop_reason,
        "stop_sequence": None,
        "usage": usage(counted, output_tokens(scripted)),
    }


def refusal(scripted, request_id):
    error = {"type": scripted.error_type, "message": scripted.message}
    if scripted.error_code:
        error["details"] = {"error_code": scripted.error_code}
    return {"type": "error", "error": error, "request_id": request_id}


def output_tokens(scripted):
    return tokens(scripted.text) + tokens(scripted.thinking) + 1
