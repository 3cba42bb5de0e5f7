"""Generation with models to ask, against a played Claude over real HTTP that counts tokens and its cache as the real one does.

The played model begins after `FIRST_S` and writes `TOKENS_PER_S`, so wall times are ours plus exactly that; tokens are counted
at four bytes each. Modules are written by processes of their own, as by Lambdas: one at a time, then eight.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from bench.rows import Row
from tests.claude_server import brains
from tests.claude_server.businesses import business
from tests.claude_server.server import Answered, ClaudeServer, served
from tests.generation.claude_run import claude_run, team_of
from tests.generation.whole_run import WholeRun

FIRST_S = 0.4
TOKENS_PER_S = 400
AT_ONCE = 8
SIZES = (5, 20)
ROLES = {
    "Briefings": "orchestrator",
    "PrdAdditions": "PRD",
    "DesignChoices": "design",
    "WrittenModule": "codegen",
    "Judgement": "reviewer",
}
Given = tuple[tuple[str, str], dict[str, Any], dict[str, bytes], str, int, str]
"""Where Claude is and the key, the MVS, the documents known so far, then module, round and notes."""
CONTEXT = get_context("spawn")


@dataclass(frozen=True)
class Measured:
    run: WholeRun
    answered: list[Answered]
    lines: int
    """That a model wrote and the app delivers."""


def measure() -> Iterable[Row]:
    with ProcessPoolExecutor(AT_ONCE, mp_context=CONTEXT, initializer=_load) as pool:
        list(pool.map(time.sleep, [1.0] * AT_ONCE))
        for entities in SIZES:
            alone, together = (_measured(entities, pool, n) for n in (1, AT_ONCE))
            yield from _walls(entities, alone.run, together.run)
            yield from _tokens(entities, together)


def _walls(entities: int, alone: WholeRun, together: WholeRun) -> Iterator[Row]:
    one, many = (sum(run.seconds.values()) for run in (alone, together))
    of = f"played Claude, {entities} entities"
    yield Row(what=f"{of}: MVS to verdict, {AT_ONCE} modules at a time", ours=many, unit="s", peer="1 at a time", theirs=one)  # fmt: skip
    ratio = alone.seconds["GenerateModule"] / together.seconds["GenerateModule"]
    yield Row(what=f"{of}: writing modules, speed-up from 1 to {AT_ONCE} at a time", ours=ratio, unit="times", target=f"≤ {min(AT_ONCE, entities)}")  # fmt: skip


def _tokens(entities: int, measured: Measured) -> Iterator[Row]:
    of = f"played Claude, {entities} entities"
    for shape, role in ROLES.items():
        mine = [each for each in measured.answered if each.asked.shape == shape]
        counted = [each.counted for each in mine]
        told = f"{sum(c.input_tokens for c in counted)} in, {sum(c.cache_write for c in counted)} cache write, {sum(c.cache_read for c in counted)} cache read, {sum(e.output_tokens for e in mine)} out"  # fmt: skip
        yield Row(what=f"{of}: {role}, {len(mine)} calls: {told}", ours=_all(mine), unit="tokens")
    writers = [each for each in measured.answered if each.asked.shape == "WrittenModule"][1:]
    read = sum(each.counted.cache_read for each in writers)
    share = read / sum(each.counted.all_tokens for each in writers)
    yield Row(what=f"{of}: input of writers 2..N read from the cache", ours=share, unit="of 1", target="≥ 0.8")  # fmt: skip
    whole = _all(measured.answered)
    yield Row(what=f"{of}: tokens per delivered line of a model's ({measured.lines} lines)", ours=whole / measured.lines, unit="tokens")  # fmt: skip
    review = _all([each for each in measured.answered if each.asked.shape == "Judgement"])
    yield Row(what=f"{of}: the review's share of all tokens", ours=review / whole, unit="of 1")


def _all(answered: Iterable[Answered]) -> int:
    return sum(each.counted.all_tokens + each.output_tokens for each in answered)


def _measured(entities: int, pool: ProcessPoolExecutor, at_once: int) -> Measured:
    brain = brains.unhurried(brains.engineer, first_s=FIRST_S, tokens_per_s=TOKENS_PER_S)
    with served(brain) as server:
        run = Apart(server, business(entities), pool, at_once)
        verdict = run.go()
        assert verdict["decision"] == "deploy", verdict
        return Measured(run, list(server.answered), _delivered(run))


def _delivered(run: WholeRun) -> int:
    """Lines of the bundle that the templates did not write."""
    from chalicelib.generation.scaffold import compile_app
    from chalicelib.mvs.reading import read_mvs

    before = compile_app(read_mvs(run.document("mvs.json")))
    return sum(
        len(set(text.split("\n")) - set(before.get(path, "").split("\n")))
        for path, text in run.tree(1).items()
        if path.startswith("business/")
    )


class Apart(WholeRun):
    """Each module is written by a process, which is given the run's documents and hands back its own."""

    def __init__(
        self, server: ClaudeServer, mvs: dict[str, Any], pool: ProcessPoolExecutor, at_once: int
    ) -> None:
        team = team_of(server)
        super().__init__(
            mvs, team.model_for, artifacts=team.artifacts, engine="claude",
            budget_microdollars=team.budget_microdollars, at_once=at_once,
        )  # fmt: skip
        self._where, self._mvs, self._pool = (server.url, server.key), mvs, pool

    def write_module(self, module: str, round_: int, notes: str) -> dict[str, Any]:
        known = dict(self.artifacts.objects)
        given = (self._where, self._mvs, known, module, round_, notes)
        objects, stages = self._pool.submit(_write_module, given).result()
        self.artifacts.objects.update(objects)
        self.runs.stages.update(stages)
        return {}


def _load() -> None:
    """What a warm Lambda has loaded and compiled: times are those of writing, not of importing."""
    from chalicelib.adapters import claude  # noqa: F401
    from chalicelib.generation.scaffold import compile_app
    from chalicelib.mvs.reading import read_mvs
    from tests.generation import claude_run as loaded  # noqa: F401

    compile_app(read_mvs(business(1)))


def _write_module(given: Given) -> tuple[dict[str, bytes], dict[Any, Any]]:
    """Returns the documents and the records that are new."""
    from chalicelib.adapters.claude import ClaudeChat
    from tests.generation.claude_run import Team

    (url, key), mvs, known, module, round_, notes = given
    run = claude_run(mvs, Team(ClaudeChat(key, url)))
    run.artifacts.objects.update(known)
    run.write_module(module, round_, notes)
    new = {k: v for k, v in run.artifacts.objects.items() if known.get(k) != v}
    return new, run.runs.stages
