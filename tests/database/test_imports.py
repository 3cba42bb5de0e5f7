"""Spreadsheets of conversations, in a real database: merged once, together with their turn, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.database import Database
from chalicelib.adapters.discovery_store import PostgresDiscoveries
from chalicelib.adapters.import_store import PostgresImports
from chalicelib.discovery.import_records import IMPORTS_MAX, Import
from chalicelib.discovery.records import Begun, Discovery, Outcome, Step
from chalicelib.errors import Conflict, NotFound

BY = "user:test"
MVS = {"fragua": 1, "name": "Uno"}
REPORT = {"rows": 3, "refused": None}


@pytest.fixture
def discoveries(database: Database) -> PostgresDiscoveries:
    return PostgresDiscoveries(database)


@pytest.fixture
def imports(database: Database) -> PostgresImports:
    return PostgresImports(database)


@pytest.fixture
def discovery(discoveries: PostgresDiscoveries, organization: Callable[..., UUID]) -> Discovery:
    begun = Begun(title="Una", locale="es", engine="claude", by=BY, first=None)
    return discoveries.create(organization(), begun)


@pytest.fixture
def known(imports: PostgresImports, discovery: Discovery) -> Import:
    return imports.create(discovery.tenant_id, discovery.id, filename="a.csv", by=BY)


def step() -> Step:
    return Step(kind="import", said="a.csv", outcome=Outcome(reply="Leído.", mvs=MVS), by=BY)


def test_a_merge_changes_the_mvs_writes_its_turn_and_closes_the_import(
    imports: PostgresImports, discoveries: PostgresDiscoveries, known: Import
) -> None:
    merged = imports.merge(known, REPORT, step(), version=0)
    assert (merged.status, merged.report) == ("merged", REPORT)
    assert discoveries.read(known.tenant_id, known.discovery_id).mvs == MVS
    (turn,) = discoveries.turns(known.tenant_id, known.discovery_id)
    assert (turn.kind, turn.said) == ("import", "a.csv")


def test_of_several_who_merge_the_first_counts(
    imports: PostgresImports, discoveries: PostgresDiscoveries, known: Import
) -> None:
    first = imports.merge(known, REPORT, step(), version=0)
    assert imports.merge(known, {"rows": 9}, step(), version=1) == first
    assert imports.refuse(known, {"rows": 9}) == first
    assert len(discoveries.turns(known.tenant_id, known.discovery_id)) == 1


def test_a_merge_against_an_mvs_that_moved_leaves_everything_as_it_was(
    imports: PostgresImports, discoveries: PostgresDiscoveries, known: Import
) -> None:
    with pytest.raises(Conflict):
        imports.merge(known, REPORT, step(), version=7)
    assert imports.read(known.tenant_id, known.discovery_id, known.id).status == "waiting"
    assert discoveries.turns(known.tenant_id, known.discovery_id) == ()


def test_while_a_turn_is_answered_a_file_waits(
    imports: PostgresImports, discoveries: PostgresDiscoveries, known: Import
) -> None:
    discoveries.begin(
        known.tenant_id,
        known.discovery_id,
        said="hola",
        by=BY,
        reserve_microdollars=1,
        month_microdollars_max=10_000_000,
    )
    with pytest.raises(Conflict):
        imports.merge(known, REPORT, step(), version=0)


def test_a_closed_conversation_takes_no_file(
    imports: PostgresImports, discoveries: PostgresDiscoveries, discovery: Discovery
) -> None:
    discoveries.abandon(discovery.tenant_id, discovery.id, by=BY)
    with pytest.raises(Conflict):
        imports.create(discovery.tenant_id, discovery.id, filename="a.csv", by=BY)


def test_a_conversation_takes_so_many_files(imports: PostgresImports, discovery: Discovery) -> None:
    for number in range(IMPORTS_MAX):
        imports.create(discovery.tenant_id, discovery.id, filename=f"{number}.csv", by=BY)
    with pytest.raises(Conflict):
        imports.create(discovery.tenant_id, discovery.id, filename="one more.csv", by=BY)
    listed = imports.all(discovery.tenant_id, discovery.id)
    assert [one.filename for one in listed][:2] == ["0.csv", "1.csv"]


def test_nobody_elses_is_found(
    imports: PostgresImports, known: Import, organization: Callable[..., UUID]
) -> None:
    for tenant_id, discovery_id in (
        (organization(), known.discovery_id),
        (known.tenant_id, uuid4()),
    ):
        with pytest.raises(NotFound):
            imports.read(tenant_id, discovery_id, known.id)
