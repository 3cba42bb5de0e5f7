"""Wires of conversations: where they are kept, who answers in the background, what is shown meanwhile.

In: `Settings`. Out: the ports of `discovery/ports.py`. Callers: `wiring.Wires` inherits it, by way of `AgentWires`; doors
ask. The surprise: the Lambda that answers turns uses `board` and `artifacts` alone; it has no way to a database.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from chalicelib.adapters.database import Database
    from chalicelib.catalog.records import Catalogue
    from chalicelib.discovery.answering import Background
    from chalicelib.discovery.import_records import ImportStore
    from chalicelib.discovery.ports import DiscoveryStore, Interviewers, TurnBoard
    from chalicelib.discovery.shelf import Shelf
    from chalicelib.generation.ports import ArtifactStore
    from chalicelib.settings import Settings


class DiscoveryWires:
    settings: Settings

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def artifacts(self) -> ArtifactStore: ...

        @cached_property
        def catalogue(self) -> Catalogue: ...

    @cached_property
    def discoveries(self) -> DiscoveryStore:
        from chalicelib.adapters.discovery_store import PostgresDiscoveries

        return PostgresDiscoveries(self.database)

    @cached_property
    def imports(self) -> ImportStore:
        from chalicelib.adapters.import_store import PostgresImports

        return PostgresImports(self.database)

    @cached_property
    def board(self) -> TurnBoard:
        from chalicelib.adapters.turn_board import RunTableBoard

        return RunTableBoard(self.settings)

    @cached_property
    def interviewers(self) -> Interviewers:
        from chalicelib.adapters.turn_board import LambdaInterviewers

        return LambdaInterviewers(self.settings)

    @cached_property
    def background(self) -> Background:
        from chalicelib.discovery.answering import Background

        return Background(
            documents=self.artifacts,
            interviewers=self.interviewers,
            turn_microdollars_max=self.settings.turn_microdollars_max,
            month_microdollars_max=self.settings.month_microdollars_max,
        )

    def shelf(self, tenant_id: UUID) -> Shelf:
        """Read when it is needed: a conversation that has begun seldom looks at it."""
        from chalicelib.discovery.shelf import shelf_of

        return shelf_of(tenant_id, self.catalogue)
