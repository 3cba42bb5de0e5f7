"""A request as a brain sees it.

In: the body of a POST. Out: what matters of it. Callers: brains, tests. The surprise: `shape` is the name of the closed
shape that is asked for, and is all a brain needs to know which role it plays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    number: int
    """From 1, in the order in which they came, retries of the SDK included."""
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def model(self):
        return self.body["model"]

    @property
    def system(self):
        return _text(self.body.get("system", ""))

    @property
    def said(self):
        """The newest words of the user."""
        return _text(self.body["messages"][-1]["content"])

    @property
    def words(self):
        """All of it, for a brain that looks for something."""
        return "\n".join([self.system, *(_text(m["content"]) for m in self.body["messages"])])

    @property
    def shape(self):
        """`""` where none is asked for: the rest of an answer that was cut."""
        wanted = self.body.get("output_config", {}).get("format") or {}
        return wanted.get("schema", {}).get("title", "")

    @property
    def effort(self):
        return self.body.get("output_config", {}).get("effort", "")

    @property
    def is_rest(self):
        return not self.shape and any(m["role"] == "assistant" for m in self.body["messages"])

    @property
    def is_retry(self):
        return self.headers.get("x-stainless-retry-count", "0") != "0"

    @property
    def breakpoints(self):
        return sum("cache_control" in block for block in blocks(self.body))


def blocks(body):
    """Every block in the order in which the provider reads them: tools, system, messages."""
    found = list(body.get("tools", []))
    found += _blocks(body.get("system", []), "system")
    for message in body.get("messages", []):
        found += _blocks(message["content"], message["role"])
    return found


def _blocks(content, speaker):
    if isinstance(content, str):
        content = [{"type": "text", "text": content}] if content else []
    return [{**block, "speaker": speaker} for block in content]


def _text(content):
    if isinstance(content, str):
        return content
    return "\n".join(block.get("text", "") for block in content)
