"""What the minute's schedule finds of exports and deletions, and what the queue then brings."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace

from chalicelib import jobs
from chalicelib.tenancy.deletion import TenantJob
from tests.fakes_mail import Jobs
from tests.fakes_tenancy import Exports
from tests.tenancy.test_exports import Files

TENANT, EXPORT = uuid.uuid4(), uuid.uuid4()


class Due:
    def __init__(self, *found):
        self._found, self.leases = list(found), []

    def take(self, lease_s):
        self.leases.append(lease_s)
        found, self._found = self._found, []
        return found


def message(**facts):
    return {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(facts, default=str)}]}


def test_each_becomes_a_message_of_its_own_leased_for_longer_than_a_lambda_lives():
    export = TenantJob(tenant_id=TENANT, job="export", subject_id=EXPORT)
    purge = TenantJob(tenant_id=TENANT, job="purge", subject_id=TENANT)
    world = SimpleNamespace(deletions=Due(export, purge), jobs=Jobs())
    jobs.JOBS["tenant_jobs"]({}, world)
    assert [name for name, _ in world.jobs.put_jobs] == ["export", "purge"]
    assert world.jobs.put_jobs[0][1] == {"tenant_id": TENANT, "export_id": EXPORT}
    assert world.jobs.put_jobs[1][1]["tenant_id"] == TENANT
    assert min(world.deletions.leases) > 2 * 300


def test_the_message_of_an_export_writes_it():
    world = SimpleNamespace(exports=Exports({"people": ["{}"]}), files=Files())
    asked = world.exports.request(TENANT, by="user:ana")
    jobs.do(message(job="export", tenant_id=TENANT, export_id=asked.id), world)
    assert world.exports.read(TENANT, asked.id).status == "ready"
    assert list(world.files.objects) == [f"exports/{TENANT}/{asked.id}.zip"]
