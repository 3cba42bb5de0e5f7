"""A model behind Anthropic's Messages API, or behind anything that speaks it, through Anthropic's own SDK.

In: a question. Out: an answer with what it cost; `ModelBusy`, `ModelAccountRefused`, `QuestionTooLong` when there was none.
Implements `agents.ports.Chat`. Callers: wiring. The surprise: the events are read one by one although the SDK would parse
the reply itself: its parser raises at the end of a text that was cut, before the event that says why and what it cost.
"""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Final, get_args

import anthropic
import httpx2
from anthropic import Anthropic, DefaultHttpxClient, Stream, transform_schema
from anthropic.types import MessageDeltaUsage, RawMessageStreamEvent
from anthropic.types import Usage as TheirUsage

from chalicelib.adapters.claude_faults import our_error
from chalicelib.adapters.claude_patience import Patience
from chalicelib.agents.ports import Answer, Block, Question, Reply, StopReason, Usage
from chalicelib.agents.prices import BYTES_PER_TOKEN_MIN
from chalicelib.agents.reading import read_reply

PROVIDER: Final = "https://api.anthropic.com"
RETRIES: Final = 2
"""By the SDK, after 408, 409, 429 and 5xx and where no connection was had."""
COMPLETE: Final = ("end_turn", "stop_sequence", "tool_use")
NONSENSE: Final = (ValueError, LookupError, AttributeError, TypeError)
"""What the SDK stumbles with over events that are not the protocol."""


class ClaudeChat:
    def __init__(self, api_key: str, base_url: str = "", *, is_own_key: bool = False) -> None:
        self._is_own_key = is_own_key
        # No redirects: the key would go along. Key and address are given, so that the environment is asked for neither.
        http = DefaultHttpxClient(follow_redirects=False)
        self._client = Anthropic(
            api_key=api_key,
            base_url=base_url or PROVIDER,
            max_retries=RETRIES,
            http_client=http,
            # The SDK sends a bearer token; compatible servers may know the older header only.
            default_headers={"X-Api-Key": api_key} if base_url else None,
        )
        weakref.finalize(self, http.close)

    def ask(
        self, question: Question[Reply], on_text: Callable[[str], None] | None = None
    ) -> Answer[Reply]:
        started = time.monotonic()
        heard = _Heard()
        for event in self._events(question, heard):
            if heard.take(event) and on_text is not None:
                on_text(heard.text)
        answer = _answer(question, heard, round((time.monotonic() - started) * 1000))
        return replace(answer, is_own_key=self._is_own_key)

    def _events(self, question: Question[Reply], heard: _Heard) -> Iterator[RawMessageStreamEvent]:
        """They end early where the stream breaks: what came until then was paid for."""
        patience = Patience(time.monotonic() + question.timeout_s)
        client = self._client.with_middleware(patience)
        try:
            stream: Stream[RawMessageStreamEvent] = client.messages.create(
                stream=True, **_request(question)
            )
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            raise our_error(error) from None
        with closing(stream):
            events = iter(stream)
            while True:
                try:
                    event = next(events)
                except StopIteration:
                    return
                except (anthropic.AnthropicError, httpx2.HTTPError, *NONSENSE) as error:
                    heard.broke_off(error)
                    return
                yield event


@dataclass
class _Heard:
    """What has come of an answer."""

    text: str = ""
    tool_input: str = ""
    stop_reason: str = ""
    is_whole: bool = False
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    fault: str = ""
    written_bytes: int = 0

    def take(self, event: RawMessageStreamEvent) -> bool:
        """Whether the text grew."""
        if event.type == "message_start":
            self.model = event.message.model
            self.usage = _counted(self.usage, event.message.usage)
        elif event.type == "content_block_delta":
            return self._grown(event.delta)
        elif event.type == "message_delta":
            self.stop_reason = event.delta.stop_reason or ""
            self.usage = _counted(self.usage, event.usage)
        elif event.type == "message_stop":
            self.is_whole = True
        return False

    def broke_off(self, error: Exception) -> None:
        self.fault = f"The stream broke off ({type(error).__name__})."

    def _grown(self, delta: Any) -> bool:
        text = getattr(delta, "text", "") if delta.type == "text_delta" else ""
        self.text += text
        self.tool_input += getattr(delta, "partial_json", "")
        for name in ("text", "thinking", "partial_json"):
            written = str(getattr(delta, name, "") or "")
            self.written_bytes += len(written.encode("utf-8", "surrogatepass"))
        return bool(text)


def _answer(question: Question[Reply], heard: _Heard, ms: int) -> Answer[Reply]:
    reason = _stop_reason(heard)
    text = _whole(heard.text or heard.tool_input)
    reply, fault = None, heard.fault
    if reason in COMPLETE and not question.text_so_far:
        reply, fault = read_reply(text, question.reply)
    usage = heard.usage
    if reason == "none":
        fault = fault or "The stream ended before the model had stopped."
        least = math.ceil(heard.written_bytes / BYTES_PER_TOKEN_MIN)
        usage = replace(usage, output_tokens=max(usage.output_tokens, least))
    return Answer(
        text=text,
        reply=reply,
        fault=fault,
        stop_reason=reason,
        usage=usage,
        model=heard.model or question.model,
        ms=ms,
    )


def _whole(text: str) -> str:
    """A character that was cut in two by two events is one again; half of one that never came is no character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _stop_reason(heard: _Heard) -> StopReason:
    if not heard.is_whole or not heard.stop_reason:
        return "none"
    known: StopReason = heard.stop_reason  # type: ignore[assignment]
    return known if known in get_args(StopReason) else "unknown"


def _counted(usage: Usage, theirs: TheirUsage | MessageDeltaUsage) -> Usage:
    """Their counts are totals so far; what an event leaves out stays as it was."""
    counts = {
        "input_tokens": theirs.input_tokens,
        "output_tokens": theirs.output_tokens,
        "cache_read_tokens": theirs.cache_read_input_tokens,
        "cache_write_tokens": theirs.cache_creation_input_tokens,
    }
    return replace(usage, **{name: count for name, count in counts.items() if count is not None})


def _request(question: Question[Any]) -> dict[str, Any]:
    how: dict[str, Any] = {"effort": question.effort} if question.effort else {}
    if not question.text_so_far:
        how["format"] = {"type": "json_schema", "schema": transform_schema(question.reply)}
    request: dict[str, Any] = {
        "model": question.model,
        "max_tokens": question.output_tokens_max,
        "messages": [
            {"role": message.speaker, "content": _blocks(message.blocks)}
            for message in question.messages
        ],
    }
    if question.system:
        request["system"] = _blocks(question.system)
    if how:
        request["output_config"] = how
    return request


def _blocks(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
    """Empty ones are refused there."""
    return [
        {
            "type": "text",
            "text": block.text,
            **({"cache_control": {"type": "ephemeral"}} if block.is_cached else {}),
        }
        for block in blocks
        if block.text
    ]
