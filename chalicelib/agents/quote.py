"""What a run will cost before it begins: calls, tokens, price and minutes, each low, expected and at most.

In: sizes of the MVS's own documents, settings, prices. Out: `Quote`, with the basis it rests on. Callers: the HTTP door.
The surprise: `low` and `expected` are estimates, `most` is a promise: a run stops asking models where its budget ends and
goes on by rules alone, so it never costs more, whatever the estimates are worth.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chalicelib.agents.ports import Role, Usage
from chalicelib.agents.prices import Prices
from chalicelib.agents.quote_sizes import BYTES_PER_TOKEN, Sizes
from chalicelib.agents.roles import role_settings
from chalicelib.settings import Settings

PROMPT: Final = 1_200
"""Our own words and the shape of the answer, in tokens; the codegen's contract is the longest."""
THINKING: Final = {"": 0, "low": 400, "medium": 1_500, "high": 4_000}
"""Tokens of a call: what is thought counts as output."""
TOKENS_PER_SECOND: Final = {"opus": 60, "sonnet": 80, "haiku": 150}
OVERHEAD_S: Final = 4
"""Of a call: until the first word."""
WITHOUT_MODELS_MIN: Final = (0.7, 1.0, 3.0)
"""Measured on a laptop: rules, checks, deployment. More when something is checked twice or three times."""


@dataclass(frozen=True)
class Range:
    low: int
    expected: int
    most: int


@dataclass(frozen=True)
class Minutes:
    low: float
    expected: float
    most: float


@dataclass(frozen=True)
class Work:
    """What a role is asked for in a run."""

    role: Role
    calls: Range
    read: int
    """Tokens of a call that are read at the full price."""
    kept: int
    """Tokens of a call that all calls of the role share: written into the cache once, read from it afterwards."""
    answer: int


@dataclass(frozen=True, kw_only=True)
class RoleQuote:
    role: Role
    model: str
    calls: Range
    input_tokens: int
    """Expected, as the rest."""
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    microdollars: Range


@dataclass(frozen=True, kw_only=True)
class Quote:
    engine: str
    roles: tuple[RoleQuote, ...]
    microdollars: Range
    minutes: Minutes
    basis: tuple[str, ...]
    prices_source: str
    prices_read_at: str


def quote(sizes: Sizes, settings: Settings, prices: Prices, *, budget_microdollars: int) -> Quote:
    """`budget_microdollars`: what a run that starts now may cost."""
    works = tuple(_works(sizes, settings)) if settings.engine == "claude" else ()
    roles = tuple(_quoted(work, settings, prices) for work in works)
    low, expected, most = (
        sum(getattr(role.microdollars, name) for role in roles)
        for name in ("low", "expected", "most")
    )
    cap = budget_microdollars
    return Quote(
        engine=settings.engine,
        roles=roles,
        microdollars=Range(min(low, cap), min(expected, cap), min(most, cap)),
        minutes=_minutes(works, settings),
        basis=tuple(_basis(sizes, settings)),
        prices_source=prices.source,
        prices_read_at=prices.read_at,
    )


def _works(sizes: Sizes, settings: Settings) -> Iterator[Work]:
    """Most calls: each may be mended twice, and each round may be the last of three."""
    rounds = settings.generation_rounds_max
    modules, worded = len(sizes.writable), sum(1 for rules in sizes.in_words.values() if rules)
    rules = sum(sizes.in_words.values())
    once = Range(1, 1, 3)
    module = math.ceil(sum(sizes.writable.values()) / max(1, modules))
    written = Range(1 + worded, 1 + worded + math.ceil(worded / 4), 1 + modules * rounds * 3)
    judged = sizes.design + sum(sizes.writable.values()) + 60 * sizes.requirements
    yield Work("orchestrator", once, sizes.mvs + PROMPT, 0, 200 + 120 * modules + 20 * rules)
    yield Work("prd", once, sizes.mvs + sizes.prd + PROMPT, 0, 900 + 40 * sizes.requirements)
    yield Work(
        "design",
        once,
        sizes.mvs + sizes.design + PROMPT,
        0,
        400 + 80 * sizes.entities + 120 * rules,
    )
    yield Work("codegen", written, module + 400, sizes.design + sizes.models + PROMPT, module + 500)
    yield Work(
        "reviewer",
        Range(1, 1 + (worded > 0), rounds * 3),
        judged + PROMPT,
        0,
        60 * sizes.requirements,
    )


def _quoted(work: Work, settings: Settings, prices: Prices) -> RoleQuote:
    chosen = role_settings(work.role, settings)
    output = _output(work, settings)

    def usage(calls: int, said: int) -> Usage:
        """Of all calls together."""
        repeated = max(0, calls - 1)
        return Usage(
            input_tokens=calls * work.read,
            output_tokens=calls * said,
            cache_read_tokens=repeated * work.kept,
            cache_write_tokens=work.kept if calls else 0,
        )

    def price(calls: int, said: int) -> int:
        return prices.cost_microdollars(chosen.model, usage(calls, said))

    expected = usage(work.calls.expected, output)
    return RoleQuote(
        role=work.role,
        model=chosen.model,
        calls=work.calls,
        input_tokens=expected.input_tokens,
        cache_read_tokens=expected.cache_read_tokens,
        cache_write_tokens=expected.cache_write_tokens,
        output_tokens=expected.output_tokens,
        microdollars=Range(
            price(work.calls.low, work.answer),
            price(work.calls.expected, output),
            price(work.calls.most, chosen.output_tokens_max),
        ),
    )


def _output(work: Work, settings: Settings) -> int:
    """With what is thought before it."""
    chosen = role_settings(work.role, settings)
    return min(chosen.output_tokens_max, work.answer + THINKING.get(chosen.effort, 8_000))


def _minutes(works: tuple[Work, ...], settings: Settings) -> Minutes:
    """One role after the other, modules side by side; the PRD is written beside the design."""
    seconds = {work.role: _seconds(work, settings) for work in works}
    by_model = sum(seconds.values()) - min(seconds.get("prd", 0.0), seconds.get("design", 0.0))
    low, expected, most = WITHOUT_MODELS_MIN
    rounds = settings.generation_rounds_max if works else 1
    return Minutes(
        round(low + by_model / 2 / 60, 1),
        round(expected + by_model / 60, 1),
        round(most + rounds * by_model / 60, 1),
    )


def _seconds(work: Work, settings: Settings) -> float:
    calls = work.calls.expected
    if work.role == "codegen":
        calls = 1 + math.ceil((calls - 1) / settings.generation_parallel_max)
    return calls * (OVERHEAD_S + _output(work, settings) / _speed(work.role, settings))


def _speed(role: Role, settings: Settings) -> int:
    model = role_settings(role, settings).model
    return next((speed for tier, speed in TOKENS_PER_SECOND.items() if tier in model), 60)


def _basis(sizes: Sizes, settings: Settings) -> Iterator[str]:
    modules, rules = len(sizes.writable), sum(sizes.in_words.values())
    yield (
        f"{sizes.entities} entities in {modules} modules, {sizes.requirements} requirements, {rules} rules in plain "
        "words: measured on the plan, design and files that rules alone make of this MVS."
    )
    if settings.engine == "offline":
        yield "This platform works by rules alone: models cost nothing here."
        return
    yield (
        f"{BYTES_PER_TOKEN} bytes a token; what is thought counts as output: {THINKING['medium']:,} tokens a call at medium "
        f"effort, {THINKING['high']:,} at high."
    )
    yield (
        "Expected: modules with rules in plain words are written once, a quarter of them again, and a second review "
        "follows. At least: nothing is thought, mended or written again."
    )
    yield (
        "At most is a promise: before each call its worst case must fit what is left of the budget; where it does not, "
        "the run goes on by rules alone."
    )
