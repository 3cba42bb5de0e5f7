"""What a call of a model costs, and what one can cost at most: exact sums over a price list with source and date.

In: a model, the tokens of a call, a question. Out: micro-dollars (millionths of a dollar), always rounded up. Callers:
`asking.py`, `quote.py`, the HTTP door. The surprise: a price in dollars per million tokens is the same number in
micro-dollars per token, so nothing is converted here; and a model nobody knows costs as the dearest one, never too little.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

from chalicelib.agents.ports import Question, Usage

LIST: Final = Path(__file__).parent / "prices.json"
BYTES_PER_TOKEN_MIN: Final = 2
"""Prose has about four; even dense code and text full of digits keeps above two."""
FRAME_TOKENS: Final = 1_000
"""What the provider adds around a question: roles, the words about the answer's shape."""
SNAPSHOT: Final = re.compile(r"-\d{8}$")


@dataclass(frozen=True)
class Tier:
    """Prices in micro-dollars per token, for every token of a request whose prompt has at least so many tokens."""

    prompt_tokens_from: int
    input: Fraction
    output: Fraction
    cache_write: Fraction
    """An entry that lives five minutes, the only kind we write."""
    cache_read: Fraction

    def cost(self, usage: Usage) -> int:
        total = (
            self.input * usage.input_tokens
            + self.output * usage.output_tokens
            + self.cache_write * usage.cache_write_tokens
            + self.cache_read * usage.cache_read_tokens
        )
        return math.ceil(total)


@dataclass(frozen=True)
class Prices:
    source: str
    read_at: str
    """Year and month."""
    models: Mapping[str, tuple[Tier, ...]]
    """Per model, by rising `prompt_tokens_from`; the first begins at 0."""

    def knows(self, model: str) -> bool:
        return _family(model) in self.models

    def cost_microdollars(self, model: str, usage: Usage) -> int:
        prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        return max(_tier(tiers, prompt).cost(usage) for tiers in self._lists(model))

    def worst_case_microdollars(self, question: Question[Any]) -> int:
        """As if each token of it were put into the cache and the answer were as long as it may be."""
        usage = Usage(
            cache_write_tokens=prompt_tokens_max(question),
            output_tokens=question.output_tokens_max,
        )
        return self.cost_microdollars(question.model, usage)

    def _lists(self, model: str) -> list[tuple[Tier, ...]]:
        known = self.models.get(_family(model))
        return [known] if known else list(self.models.values())


def prompt_tokens_max(question: Question[Any]) -> int:
    texts = [block.text for block in question.system]
    texts += [block.text for message in question.messages for block in message.blocks]
    texts.append(json.dumps(question.reply.model_json_schema(), ensure_ascii=False))
    size = sum(len(text.encode()) for text in texts)
    return FRAME_TOKENS + math.ceil(size / BYTES_PER_TOKEN_MIN)


@cache
def load_prices() -> Prices:
    listed = json.loads(LIST.read_text(encoding="utf-8"))
    models = {name: tuple(map(_read_tier, tiers)) for name, tiers in listed["models"].items()}
    return Prices(listed["source"], listed["read_at"], models)


def _read_tier(listed: Mapping[str, Any]) -> Tier:
    kinds = ("input", "output", "cache_write", "cache_read")
    return Tier(listed["prompt_tokens_from"], **{kind: Fraction(listed[kind]) for kind in kinds})


def _tier(tiers: tuple[Tier, ...], prompt_tokens: int) -> Tier:
    return [tier for tier in tiers if tier.prompt_tokens_from <= prompt_tokens][-1]


def _family(model: str) -> str:
    """A dated snapshot costs what its family does."""
    return SNAPSHOT.sub("", model)
