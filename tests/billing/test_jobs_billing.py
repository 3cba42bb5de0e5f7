"""The jobs of billing: how they are asked for, and what they leave to others."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from uuid import uuid4

import pytest

from chalicelib import jobs, jobs_billing
from chalicelib.errors import InvalidRequest
from chalicelib.tenancy.deletion import TenantJob

from .steps_world import BEGAN, DAY, HERE, INVOICE, SUBSCRIPTION, Steps, Stripe


@dataclass
class Queue:
    put_in: list = field(default_factory=list)

    def put(self, job, **facts):
        self.put_in.append((job, facts))


class Accounts:
    def __init__(self, count):
        self.all = [
            SimpleNamespace(tenant_id=uuid4(), customer_id=f"cus_{number:04}")
            for number in range(count)
        ]

    def accounts_after(self, after, most):
        return [one for one in self.all if one.customer_id > after][:most]


def wires(**more):
    settings = SimpleNamespace(stripe_secret_id="fragua/stripe")
    return SimpleNamespace(jobs=Queue(), settings=settings, **more)


def test_every_night_each_customer_is_compared_by_a_message_of_its_own(monkeypatch):
    monkeypatch.setattr(jobs_billing, "PAGE", 2)
    here = wires(billing_steps=Accounts(5))
    jobs.do({"job": "reconcile_all"}, here)

    assert here.jobs.put_in == [("prices", {})] + [
        ("reconcile", {"tenant_id": one.tenant_id}) for one in here.billing_steps.all
    ]


def test_whoever_runs_out_of_time_leaves_a_message_for_the_rest(monkeypatch):
    monkeypatch.setattr(jobs_billing, "PAGE", 2)
    monkeypatch.setattr(jobs_billing, "LISTING_S", -1)
    here = wires(billing_steps=Accounts(5))
    jobs.do({"job": "reconcile_all"}, here)
    assert here.jobs.put_in[-1] == ("reconcile_all", {"after": "cus_0001"})

    jobs.do({"job": "reconcile_all", "after": "cus_0001"}, here)
    jobs.do({"job": "reconcile_all", "after": "cus_0003"}, here)
    assert [job for job, _ in here.jobs.put_in].count("prices") == 1
    compared = [facts["tenant_id"] for job, facts in here.jobs.put_in if job == "reconcile"]
    assert compared == [one.tenant_id for one in here.billing_steps.all]


def test_where_nothing_is_sold_the_night_is_quiet():
    here = wires()
    here.settings.stripe_secret_id = ""
    jobs.do({"job": "reconcile_all"}, here)
    assert here.jobs.put_in == []


def test_a_rule_of_its_own_asks_for_no_job_that_is_not_there():
    with pytest.raises(InvalidRequest):
        jobs.do({"job": "reconcile_everything"}, wires())


@pytest.mark.parametrize("job", ["export", "purge", "billing", "meter"])
def test_what_is_due_becomes_a_message_that_is_known(job):
    due = TenantJob(tenant_id=HERE, job=job, subject_id=HERE)
    here = wires(deletions=SimpleNamespace(take=lambda lease_s: [due]))
    jobs.tenant_jobs({}, here)
    [(put, facts)] = here.jobs.put_in
    assert put in jobs.JOBS
    assert facts["tenant_id"] == HERE


def compare(steps, stripe):
    sums = SimpleNamespace(payer=lambda tenant_id: None)
    here = wires(billing_steps=steps, books=stripe, meters=stripe, meter_rows=sums)
    jobs_billing.reconcile({"tenant_id": str(HERE)}, here)
    return here.jobs.put_in


def test_what_was_mended_is_followed_by_a_step():
    steps, stripe = Steps(), Stripe(SUBSCRIPTION, invoices=[INVOICE])
    assert compare(steps, stripe) == [("billing", {"tenant_id": str(HERE)})]
    assert compare(steps, stripe) == []


def test_who_lapsed_is_looked_at_again_each_night():
    """An app whose new version failed has its old one awake."""
    steps = Steps()
    stripe = Stripe(SUBSCRIPTION, invoices=[INVOICE], now=BEGAN + 30 * DAY)
    for _ in range(2):
        assert compare(steps, stripe) == [("billing", {"tenant_id": str(HERE)})]


def test_an_organization_without_a_customer_is_left_alone():
    assert compare(Steps(account=None), Stripe()) == []
