"""Wires of everything that asks models: who does a stage, who answers, who pays, who remembers.

In: a run, a stage, an organization. Out: the ports of `generation/ports.py` and `agents/ports.py`. Callers: `wiring.Wires`
inherits it; doors ask. The surprise: which engine does a stage is written in the run, not in the settings: a run that
began offline ends offline, whatever the stage's settings say by then.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from chalicelib.errors import ModelAccountRefused
from chalicelib.wires_discovery import DiscoveryWires

if TYPE_CHECKING:
    from chalicelib.adapters.database import Database
    from chalicelib.adapters.run_spending import RunSpending
    from chalicelib.adapters.usage_store import PostgresUsage
    from chalicelib.agents.asking import Asker
    from chalicelib.agents.ports import Chat, Purse
    from chalicelib.agents.prices import Prices
    from chalicelib.deployment.ports import Secrets
    from chalicelib.generation.ports import ArtifactStore, Model, RunLog, Stage
    from chalicelib.generation.run import Run
    from chalicelib.settings import Settings
    from chalicelib.tenancy.model_keys import ModelKeys


class AgentWires(DiscoveryWires):
    settings: Settings

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def artifacts(self) -> ArtifactStore: ...

        @cached_property
        def runs(self) -> RunLog: ...

        @cached_property
        def secrets(self) -> Secrets: ...

    def model_for(self, run: Run, stage: Stage) -> Model:
        """Who does this stage of this run."""
        if run.engine == "offline":
            from chalicelib.agents.offline import Offline

            return Offline()
        from chalicelib.agents.claude import ClaudeEngine

        def tell(message: str) -> None:
            self.runs.tell(run.generation_id, stage, "note", message)

        return ClaudeEngine(run, stage, self.asker(run, stage), self.settings, tell)

    def asker(self, run: Run, stage: Stage) -> Asker:
        """Asks, pays from the run's budget, keeps every answer beside the run's documents and says what it cost."""
        from chalicelib.agents.asking import Asker
        from chalicelib.agents.recordings import BucketRecorder
        from chalicelib.agents.telling import telling

        return Asker(
            self.chat(run.tenant),
            self.purse(run),
            BucketRecorder(run, self.artifacts),
            self.prices,
            telling(run, stage, runs=self.runs),
        )

    def chat(self, tenant_id: UUID) -> Chat:
        """With the organization's own key where it brought one, else the platform's."""
        from chalicelib.adapters.claude import ClaudeChat
        from chalicelib.agents.roles import faults

        if found := faults(self.settings, self.prices):
            raise ModelAccountRefused("; ".join(found))
        own = self.secrets.read(f"{self.settings.organization_model_secret_prefix}{tenant_id}")
        key = own or self.platform_model_key()
        return ClaudeChat(key, self.settings.model_base_url, is_own_key=bool(own))

    def platform_model_key(self) -> str:
        key = self.secrets.read(self.settings.model_secret_id)
        if not key:
            raise ModelAccountRefused(
                "There is no key for a model provider. Put one into its secret."
            )
        return key

    def purse(self, run: Run) -> Purse:
        from chalicelib.adapters.purse import RunPurse

        return RunPurse(self.settings, run)

    @cached_property
    def model_keys(self) -> ModelKeys:
        from chalicelib.adapters.aws import client
        from chalicelib.adapters.model_keys import SecretModelKeys

        return SecretModelKeys(
            lambda: client(self.settings, "secretsmanager"),
            self.settings.organization_model_secret_prefix,
        )

    @cached_property
    def spending(self) -> RunSpending:
        from chalicelib.adapters.run_spending import RunSpending

        return RunSpending(self.settings)

    @cached_property
    def usage(self) -> PostgresUsage:
        from chalicelib.adapters.usage_store import PostgresUsage

        return PostgresUsage(self.database)

    @cached_property
    def prices(self) -> Prices:
        from chalicelib.agents.prices import load_prices

        return load_prices()
