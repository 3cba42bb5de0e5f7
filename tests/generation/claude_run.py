"""A run in memory whose stages are done by the Claude engine, asked over real HTTP.

In: an MVS, somebody who answers. Out: `WholeRun`. Callers: hostile inputs, recordings and their replay, the bench.
The surprise: stage by stage an engine of its own, as each Lambda makes one; what they share is what Lambdas share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.adapters.claude import ClaudeChat
from chalicelib.agents.asking import Asker
from chalicelib.agents.claude import ClaudeEngine
from chalicelib.agents.ports import Call, Chat
from chalicelib.agents.prices import load_prices
from chalicelib.agents.purses import Allowance
from chalicelib.agents.recordings import BucketRecorder
from chalicelib.generation.ports import Stage
from chalicelib.generation.run import Run
from chalicelib.settings import Settings
from tests.claude_server.server import MODELS, ClaudeServer
from tests.generation.whole_run import WholeRun
from tests.run_fakes import Artifacts

BUDGET_MICRODOLLARS = 50_000_000
OPUS, SONNET, HAIKU = MODELS
CLAUDE_SETTINGS = Settings(
    stage="dev",
    artifact_bucket="artifacts",
    run_table="runs",
    engine="claude",
    opus_model=OPUS,
    sonnet_model=SONNET,
    haiku_model=HAIKU,
)


@dataclass
class Team:
    """Makes the engine of each stage; `calls` is what they cost, `told` what they said meanwhile."""

    chat: Chat
    artifacts: Any = field(default_factory=Artifacts)
    budget_microdollars: int = BUDGET_MICRODOLLARS
    calls: list[Call] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.purse = Allowance(self.budget_microdollars)
        self.prices = load_prices()

    def model_for(self, run: Run, stage: Stage) -> ClaudeEngine:
        recorder = BucketRecorder(run, self.artifacts)
        asker = Asker(self.chat, self.purse, recorder, self.prices, self.calls.append)
        return ClaudeEngine(run, stage, asker, CLAUDE_SETTINGS, self.told.append)


def claude_run(mvs: Mapping[str, Any], team: Team, **more: Any) -> WholeRun:
    more = {"budget_microdollars": team.budget_microdollars, **more}
    return WholeRun(mvs, team.model_for, artifacts=team.artifacts, engine="claude", **more)


def team_of(server: ClaudeServer) -> Team:
    return Team(ClaudeChat(server.key, server.url))
