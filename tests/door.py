"""The HTTP door with fakes behind it, driven through Chalice's own client. Fixtures for `tests/http` and `tests/cli`."""

import json
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from chalice.test import Client

from chalicelib.adapters.stripe_webhooks import StripeWebhooks
from chalicelib.agents.prices import load_prices
from chalicelib.billing.price_ids import read_price_ids
from chalicelib.discovery.shelf import shelf_of
from chalicelib.errors import NotFound
from chalicelib.generation import scaffold
from chalicelib.http import endpoint
from chalicelib.settings import read_settings
from chalicelib.tenancy.limits_in_process import LimitsInProcess
from chalicelib.tenancy.remembered import Remembered
from tests import (
    catalogue,
    fakes,
    fakes_billing,
    fakes_discovery,
    fakes_events,
    fakes_imports,
    fakes_keys,
    fakes_mail,
    fakes_money,
    fakes_oauth,
    fakes_people,
    fakes_sessions,
    fakes_tenancy,
    run_fakes,
)

SETTINGS = {
    "FRAGUA_STAGE": "test",
    "FRAGUA_ARTIFACT_BUCKET": "b",
    "FRAGUA_RUN_TABLE": "t",
    "FRAGUA_STRIPE_SECRET_ID": "s",
    "FRAGUA_STRIPE_PRICES": "starter=price_starter,pro=price_pro,scale=price_scale,"
    "generations=price_generations,tokens=price_tokens",
}


class Artifacts(dict):
    def exists(self, key):
        return key in self

    def write(self, key, content, content_type="application/json"):
        self[key] = content

    def read(self, key, bytes_max):
        if key not in self:
            raise NotFound(f"There is no document {key!r}.")
        return self[key]

    def link_to_read(self, key, filename):
        return f"https://bucket/{key}?as={filename}"

    def link_to_write(self, key):
        return f"https://bucket/{key}?put"


class Runs(run_fakes.Runs):
    """Says the same of every run."""

    def events(self, generation_id, after="", limit=500):
        event = {"at": "2026-11-30T09:30:00Z", "stage": "Orchestrate", "module": None, "round": 1}
        event |= {"status": "done", "message": "", "ms": 12}
        return [{"id": n, **event} for n in ("1", "2", "3") if n > after]


class Machine:
    def __init__(self):
        self.started, self.broken = [], None

    def start(self, run):
        if self.broken:
            raise self.broken
        self.started.append(run["generation_id"])


class Secrets:
    """Keeps one value, whatever the name asked for."""

    everything = None

    def take(self, name):
        value, self.everything = self.everything, None
        return value


@pytest.fixture
def world(monkeypatch):
    """Everything behind the door, in memory."""
    apps = fakes.Apps()
    keys = fakes_sessions.identity_keys()
    world = SimpleNamespace(
        settings=read_settings(SETTINGS),
        identity_keys=keys,
        sealer=keys.sealer,
        standings=fakes_sessions.Standings(),
        sessions=fakes_sessions.Sessions(),
        limits=LimitsInProcess(),
        refused_callers=Remembered(100),
        api_keys=fakes_keys.ApiKeys(),
        audit=fakes_keys.AuditLog(),
        idempotency=fakes_keys.Answers(),
        apps=apps,
        catalogue=catalogue.Catalogue(),
        generations=fakes.Generations(apps, quota=3),
        artifacts=Artifacts(),
        runs=Runs(),
        machine=Machine(),
        secrets=Secrets(),
        outbox=fakes_mail.Outbox(),
        jobs=fakes_mail.Jobs(),
        spending=fakes_money.Spending(),
        usage=fakes_money.Usage(),
        model_keys=fakes_money.ModelKeys(),
        prices=load_prices(),
        scaffold=scaffold,
    )
    add_people(world)
    add_conversations(world)
    add_billing(world)
    monkeypatch.setattr(endpoint, "wires", lambda: world)
    return world


def add_people(world):
    """Those who share what they remember."""
    tokens = fakes_people.OneTimeTokens()
    people = fakes_people.People(tokens, world.standings)
    world.one_time_tokens, world.people = tokens, people
    world.credentials = fakes_people.Credentials(people, tokens, world.standings, world.outbox)
    world.passwords = fakes_people.CountedPasswords()
    world.organizations = fakes_tenancy.Organizations(people, world.standings, world.outbox)
    world.members = fakes_tenancy.Members(people, world.standings)
    world.invitations = fakes_tenancy.Invitations(
        people, world.members, world.organizations, world.outbox
    )
    world.invitation_links, world.exports = world.invitations, fakes_tenancy.Exports()
    world.identities = fakes_oauth.Identities(people, world.outbox)
    world.oauth_flows, world.oauth_providers = fakes_oauth.Flows(), {}
    world.postman = fakes_people.Postman(world.outbox, tokens, people)


def add_conversations(world):
    """What is asked in the background lies where other documents do."""
    world.discoveries, world.board = (
        fakes_discovery.Discoveries(world.apps),
        fakes_discovery.Board(),
    )
    world.imports = fakes_imports.Imports(world.discoveries)
    world.background = fakes_discovery.background(world.artifacts)
    world.interviewers = world.background.interviewers
    world.shelf = lambda tenant_id: shelf_of(tenant_id, world.catalogue)


def add_billing(world):
    """One till is all of Stripe."""
    world.ledger, world.till = fakes_billing.Ledger(), fakes_billing.Till()
    world.consumption = fakes_billing.Consumption(world.organizations.quota)
    world.selling = world.subscriptions = world.books = world.till
    world.price_ids = read_price_ids(world.settings.stripe_prices)
    world.stripe_events = fakes_events.Events(datetime.now(UTC))
    world.webhooks = StripeWebhooks(fakes_events.Secret())


@pytest.fixture
def app():
    """The real one: a blueprint can be registered once in a process."""
    from app import app

    return app


@pytest.fixture
def api(world, app):
    """`api(method, path, body, key=…)` → (status, body, headers)."""
    tenant = uuid.uuid4()
    world.tenant = tenant
    world.key = world.api_keys.issue(tenant)
    with Client(app, stage_name="dev") as client:

        def call(method, path, body=None, *, key=None, headers=None, raw=None):
            sent = {"Authorization": f"Bearer {key or world.key}"} if key != "" else {}
            sent |= {"Content-Type": "application/json"} | (headers or {})
            data = raw if raw is not None else json.dumps(body if body is not None else {}).encode()
            answer = client.http.request(method, path, headers=sent, body=data)
            return answer.status_code, read(answer), answer.headers

        yield call


def read(answer):
    """JSON as data, everything else as the text it is."""
    if "json" in answer.headers.get("Content-Type", "json"):
        return json.loads(answer.body or "null")
    return answer.body.decode()


@pytest.fixture(scope="session")
def mvs():
    import yaml

    with open("examples/clinica-dental.yaml") as file:
        return yaml.safe_load(file)
