"""Deleting an organization: access first, then what runs, what is stored, what is written down; again after any crash."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from chalicelib.errors import CloudBusy
from chalicelib.tenancy.deletion import FOLDERS, Built, purge
from tests.fakes_money import ModelKeys

TENANT = uuid.uuid4()


class Crash(BaseException):
    """The process is gone. Not an `Exception`, so that nothing can catch it by accident."""


class World:
    """Says in which order things happened, and crashes after one of them when told to."""

    def __init__(self, *, is_due=True, rows=3, crash_after=None):
        self.is_due, self.rows, self.crash_after = is_due, rows, crash_after
        self.happened, self.steps = [], 0
        self.apps = {uuid.uuid4(): 2, uuid.uuid4(): 1}
        self.files = {f"{folder}/{TENANT}/{n}" for folder in FOLDERS for n in range(2)}
        self.files.add(f"generations/{uuid.uuid4()}/prd.md")

    def step(self, what):
        self.steps += 1
        self.happened.append(what)
        if self.steps == self.crash_after:
            raise Crash(what)

    def close(self, tenant_id):
        if self.is_due:
            self.step("closed")
        return self.is_due

    def built(self, tenant_id):
        return [
            built(app, n) for app, versions in self.apps.items() for n in range(versions, 0, -1)
        ]

    def remove_app(self, versions):
        assert len({one.app_id for one in versions}) == 1
        assert versions[0].version == len(versions)
        self.step("app")

    def removed(self, tenant_id, app_id):
        del self.apps[app_id]
        self.step("app noted")

    def remove(self, prefix):
        self.files = {key for key in self.files if not key.startswith(prefix)}
        self.step("files")
        return 0

    def erase(self, tenant_id, *, most):
        self.rows = max(0, self.rows - 1)
        self.step("rows")
        return self.rows > 0

    def close_customer(self, tenant_id):
        self.step("customer")

    def purge(self):
        return purge(
            TENANT,
            deletions=self,
            remove_app=self.remove_app,
            files=self,
            model_keys=ModelKeys({TENANT: "sk-of-theirs"}),
            close_customer=self.close_customer,
        )


def built(app_id, version):
    return Built(
        generation_id=uuid.uuid4(),
        app_id=app_id,
        app_number=1,
        slug="a",
        version=version,
        locale="es",
        is_open=False,
        ended_at=datetime.now(UTC),
    )


def test_before_its_time_nothing_happens():
    world = World(is_due=False)
    assert (world.purge(), world.happened) == ("not due", [])


def test_access_ends_before_anything_goes_and_rows_go_last():
    world = World()
    assert world.purge() == "deleted"
    order = ["closed", "app", "app noted", "files", "customer", "rows"]
    assert list(dict.fromkeys(world.happened)) == order
    assert (world.apps, world.rows, len(world.files)) == ({}, 0, 1)


def test_while_a_run_is_being_stopped_nothing_stored_is_touched():
    world = World()

    def busy(versions):
        raise CloudBusy("still being stopped")

    with pytest.raises(CloudBusy):
        purge(
            TENANT,
            deletions=world,
            remove_app=busy,
            files=world,
            model_keys=ModelKeys(),
            close_customer=world.close_customer,
        )
    assert (world.happened, world.rows, len(world.files)) == (["closed"], 3, 2 * len(FOLDERS) + 1)


def test_wherever_it_breaks_off_doing_it_again_finishes():
    whole = World()
    whole.purge()
    for step in range(1, whole.steps + 1):
        world = World(crash_after=step)
        with pytest.raises(Crash):
            world.purge()
        assert world.purge() == "deleted"
        assert (world.apps, world.rows, len(world.files)) == ({}, 0, 1)
