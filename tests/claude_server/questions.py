"""A question to ask in tests, and a shelf in memory."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from chalicelib.agents.ports import Block, Message, Question
from chalicelib.errors import NotFound

SONNET = "claude-sonnet-5-5"


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    lines: tuple[str, ...]


NOTE = {
    "title": "Clínica",
    "lines": [f"line {number} of what was asked for" for number in range(12)],
}
"""What a good model says to `question()`."""


def question(**changed):
    return Question(
        **{
            "purpose": "GenerateModule#1#patient#0",
            "role": "codegen",
            "model": SONNET,
            "effort": "medium",
            "system": (Block("You write notes."),),
            "messages": (Message("user", (Block("Write one."),)),),
            "reply": Note,
            "output_tokens_max": 1000,
            "timeout_s": 10,
            "prompt_sha256": "a" * 64,
            **changed,
        }
    )


class Shelf:
    """As much of an artifact store as recordings need."""

    def __init__(self):
        self.documents = {}

    def write(self, key, content, content_type="application/json"):
        self.documents[key] = content

    def read(self, key, bytes_max):
        if key not in self.documents:
            raise NotFound(key)
        return self.documents[key]
