"""What a plan or an unpaid invoice refuses, as the command line tells it in both languages: what, and what to type next."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.billing.periods import Period
from chalicelib.billing.quota import Counted, OnPlan, admitted, refuse_without_tokens
from chalicelib.errors import PlatformError
from chalicelib.tenancy import arrears, members
from cli.language import speak
from cli.refusals import said, ways
from tests.cli.conftest import EXAMPLE

PERIOD = Period(
    datetime(2026, 11, 14, 9, 30, tzinfo=UTC), datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
)
STARTER = OnPlan(
    plan="starter",
    billing_state="current",
    period_started_at=PERIOD.started_at,
    period_ends_at=PERIOD.ends_at,
    overage_generations_max=0,
)
WAIT = {
    "en": "Wait: it starts anew on 2026-12-14 09:30 UTC.",
    "es": "Espere: empieza de nuevo el 2026-12-14 09:30 UTC.",
}
ALLOW = {
    "en": "Allow some beyond the plan, each is billed: `fragua billing overage NUMBER`",
    "es": "Permita algunas más allá del plan, cada una se factura: `fragua billing overage NÚMERO`",
}


def bigger(command):
    return {
        "en": f"A plan with more: `fragua billing {command}`",
        "es": f"Un plan con más: `fragua billing {command}`",
    }


def raised(refuse, *values):
    with pytest.raises(PlatformError) as refused:
        refuse(*values)
    error = refused.value
    return {"type": f"urn:fragua:problem:{error.slug}", "detail": error.detail, **error.facts}


def quota(here, included, beyond=0, running=0):
    return raised(admitted, here, Counted(included, beyond, running), PERIOD)


FREE, SCALE = replace(STARTER, plan="free"), replace(STARTER, plan="scale")
CASES = {
    "used up": (
        quota(STARTER, 10),
        {
            "en": "All 10 generations that the plan starter includes until 2026-12-14 09:30 are used.",
            "es": "Las 10 generaciones que incluye el plan starter hasta el 2026-12-14 09:30 están usadas.",
        },
        [WAIT, bigger("change pro"), ALLOW],
    ),
    "used up, and what was allowed": (
        quota(replace(STARTER, overage_generations_max=5), 10, beyond=5),
        {
            "en": "All 10 generations of the plan starter and the 5 allowed beyond it are used until 2026-12-14 09:30.",
            "es": "Las 10 generaciones del plan starter y las 5 permitidas además están usadas hasta el 2026-12-14 09:30.",
        },
        [WAIT, bigger("change pro"), ALLOW],
    ),
    "used up on the free plan": (
        quota(FREE, 3),
        {
            "en": "All 3 generations that the plan free includes until 2026-12-14 09:30 are used.",
            "es": "Las 3 generaciones que incluye el plan free hasta el 2026-12-14 09:30 están usadas.",
        },
        [WAIT, bigger("buy starter")],
    ),
    "used up on the largest": (
        quota(SCALE, 100),
        {
            "en": "All 100 generations that the plan scale includes until 2026-12-14 09:30 are used.",
            "es": "Las 100 generaciones que incluye el plan scale hasta el 2026-12-14 09:30 están usadas.",
        },
        [WAIT, ALLOW],
    ),
    "tokens": (
        raised(refuse_without_tokens, FREE, 500_000, PERIOD),
        {
            "en": "All 500,000 tokens of models that the plan free includes until 2026-12-14 09:30 are used.",
            "es": "Los 500.000 tokens de modelos que incluye el plan free hasta el 2026-12-14 09:30 están usados.",
        },
        [WAIT, bigger("buy starter")],
    ),
    "too many at a time": (
        quota(STARTER, 2, running=2),
        {
            "en": "2 of at most 2 generations of the plan starter are under way.",
            "es": "2 de como mucho 2 generaciones del plan starter están en marcha.",
        },
        [
            {
                "en": "Wait for one to end, or stop one: `fragua cancel ID`",
                "es": "Espere a que termine una, o detenga una: `fragua cancel ID`",
            },
            bigger("change pro"),
        ],
    ),
    "seats": (
        raised(members.refuse_without_a_seat, "free", 3),
        {
            "en": "All 3 seats of the plan free are taken by people and open invitations.",
            "es": "Las 3 plazas del plan free están ocupadas por personas e invitaciones abiertas.",
        },
        [
            {
                "en": "Make room: `fragua members remove ADDRESS`, `fragua invitations revoke ADDRESS`",
                "es": "Haga sitio: `fragua members remove CORREO`, `fragua invitations revoke CORREO`",
            },
            bigger("buy starter"),
        ],
    ),
    "a seat for who was invited": (
        raised(members.refuse_to_join, "free", 3),
        {
            "en": "All 3 seats of this organization are taken. Ask whoever invited you to make room.",
            "es": "Las 3 plazas de esta organización están ocupadas. Pida a quien le invitó que haga sitio.",
        },
        [],
    ),
    "unpaid": (
        raised(arrears.refuse_unpaid, "read_only"),
        {
            "en": "An invoice has been overdue for so long that nothing new can be begun; what runs goes on.",
            "es": "Hay una factura vencida desde hace tanto que no se puede empezar nada nuevo; lo que funciona sigue.",
        },
        [
            {
                "en": "Pay it, whoever manages billing: `fragua billing portal`",
                "es": "Que la pague quien lleva la facturación: `fragua billing portal`",
            }
        ],
    ),
}


@pytest.fixture
def language():
    yield speak
    speak(None)


@pytest.mark.parametrize("spoken", ["en", "es"])
@pytest.mark.parametrize("case", CASES)
def test_it_says_what_and_what_to_type(language, case, spoken):
    problem, sentence, advice = CASES[case]
    language(spoken)
    assert said(problem) == sentence[spoken]
    assert ways(problem).splitlines() == [line[spoken] for line in advice]


def test_what_is_none_of_these_or_lacks_its_facts_is_left_to_the_api():
    assert said({"type": "about:blank", "detail": "no"}) == ""
    assert said({"type": "urn:fragua:problem:quota-reached", "title": "used up"}) == ""
    assert ways({"type": "urn:fragua:problem:not-found"}) == ""


def test_generating_beyond_the_quota_tells_it_in_spanish(fragua, world, monkeypatch):
    def refuses(*_, **__):
        admitted(STARTER, Counted(10, 0, 0), PERIOD)

    monkeypatch.setattr(world.generations, "start", refuses)
    told = fragua("generate", EXAMPLE, "--lang", "es")
    assert told.code == 1
    assert "Las 10 generaciones que incluye el plan starter" in told.err
    assert "→ Un plan con más: `fragua billing change pro`" in told.err
    assert "All 10 generations" not in told.err


def test_an_app_whose_run_was_refused_is_named_so_that_the_next_try_makes_no_second_one(
    fragua, world, monkeypatch
):
    def refuses(*_, **__):
        admitted(STARTER, Counted(10, 0, 0), PERIOD)

    monkeypatch.setattr(world.generations, "start", refuses)
    told = fragua("generate", EXAMPLE)
    app_id = json.loads(fragua("apps", "--json").out)[0]["id"]
    assert f"`fragua generate FILE --app {app_id}`" in told.err.replace("\n", "")


def test_whoever_meets_a_silent_stripe_is_told_so_and_that_nothing_is_paid_twice():
    problem = {"type": "urn:fragua:problem:payments-busy", "detail": "Send the same again"}
    speak("es")
    try:
        assert said(problem).startswith("Stripe, donde se hacen los pagos, no responde")
        assert "ni se paga dos veces" in ways(problem)
    finally:
        speak(None)


def test_an_invitation_too_many_tells_how_to_make_room(fragua):
    fragua("invite", "eva@example.org")
    fragua("invite", "leo@example.org")
    fragua("invite", "zoe@example.org")
    told = fragua("invite", "max@example.org")
    assert told.code == 1
    assert "All 3 seats of the plan free are taken" in told.err
    assert "→ Make room: `fragua members remove ADDRESS`" in told.err


def test_orgs_show_tells_the_quota_and_what_is_overdue(fragua, world):
    told = fragua("orgs", "show")
    assert "plan free: 1 of 3 generations used until" in told.out
    assert "under way: 0 of 1, seats: 2 of 3" in told.out
    assert "read-only" not in told.out
    world.standings.owe(world.tenant, "read_only")
    told = fragua("orgs", "show", "--lang", "es")
    assert "solo lectura: hay una factura vencida" in told.out
