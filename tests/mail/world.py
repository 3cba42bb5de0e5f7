"""A letter of each kind, and an office that sends it."""

from __future__ import annotations

import uuid

from chalicelib.mail.letters import KINDS
from chalicelib.mail.sending import Addressee, Letter, Office
from tests import fakes_mail

ANA = Addressee(user_id=uuid.uuid4(), email="ana@example.com", name="Ana Pérez", locale="es")
FACTS = {
    "email": "luis@example.com",
    "user_id": str(ANA.user_id),
    "name": "Luis",
    "organization_name": "Clínica Sonrisa",
    "at": "2026-11-03T14:05:00+00:00",
    "due_at": "2026-11-17T23:30:00-03:00",
    "ip": "203.0.113.7",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "change": "enabled",
    "provider": "GitHub",
    "tenant_id": str(uuid.uuid4()),
    "invitation_id": str(uuid.uuid4()),
    "invited_by_name": "Marta Ruiz",
    "role": "builder",
    "plan_before": "pro",
    "plan": "starter",
    "grace_at": "2026-11-06T14:05:00+00:00",
    "read_only_at": "2026-11-13T14:05:00+00:00",
    "lapsed_at": "2026-11-27T14:05:00+00:00",
    "amount": "123456 eur",
}


def body(kind, **other):
    wanted = KINDS[kind].needs | KINDS[kind].may_know
    return {name: value for name, value in (FACTS | other).items() if name in wanted}


def letter(kind, locale="en", **other):
    return Letter(id=uuid.uuid4(), kind=kind, locale=locale, body=body(kind, **other), attempts=0)


def office(*, people=(ANA,), mailer=None, tokens=None, invitations=None):
    return Office(
        addressees=fakes_mail.Addressees(*people),
        tokens=tokens or fakes_mail.Tokens(),
        invitations=invitations or fakes_mail.InvitationLinks(),
        mailer=mailer or fakes_mail.Mailer(),
        public_url="https://fragua.test/",
    )
