"""The kinds of letters about what an organization pays for, to each of its owners and admins.

In: nothing. Out: `BILLING_KINDS`. Callers: `letters.py`; `billing/letters.py` decides which is posted. The surprise: none
of their links leads to Stripe. Whoever holds such an address may see and pay an invoice, so it is no more kept in a
letter than a token is; the link leads to us, who ask who it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chalicelib.mail.kinds import Kind, Locale

PAGE: Final = "/billing"


def about(*facts: str, subjects: Mapping[Locale, str], may_know: tuple[str, ...] = ()) -> Kind:
    return Kind(
        needs=frozenset({"user_id", "organization_name", *facts}),
        may_know=frozenset(may_know),
        page=PAGE,
        subjects=subjects,
    )


BILLING_KINDS: Final[Mapping[str, Kind]] = {
    # One for each state of billing/dunning.py: what happens next, with its days.
    "payment_failed": about(
        "grace_at",
        "read_only_at",
        "lapsed_at",
        may_know=("amount",),
        subjects={
            "es": "No hemos podido cobrar el plan de {organization_name}",
            "en": "We could not charge the plan of {organization_name}",
        },
    ),
    "payment_grace": about(
        "read_only_at",
        "lapsed_at",
        may_know=("amount",),
        subjects={
            "es": "{organization_name}: queda un pago pendiente, solo lectura desde el {read_only_day}",
            "en": "{organization_name}: a payment is overdue, read-only from {read_only_day}",
        },
    ),
    "payment_read_only": about(
        "lapsed_at",
        may_know=("amount",),
        subjects={
            "es": "{organization_name} está en solo lectura; sus aplicaciones paran el {lapsed_day}",
            "en": "{organization_name} is read-only; its apps stop on {lapsed_day}",
        },
    ),
    "payment_lapsed": about(
        may_know=("amount",),
        subjects={
            "es": "Las aplicaciones de {organization_name} se han parado",
            "en": "The apps of {organization_name} were stopped",
        },
    ),
    "payment_settled": about(
        "plan",
        subjects={
            "es": "{organization_name} está al día con sus pagos",
            "en": "{organization_name} is up to date with its payments",
        },
    ),
    # The bank wants to hear it from the person; nobody else can do it.
    "payment_action_required": about(
        may_know=("amount",),
        subjects={
            "es": "Tu banco pide que confirmes el pago de {organization_name}",
            "en": "Your bank asks you to confirm the payment of {organization_name}",
        },
    ),
    "trial_will_end": about(
        "plan",
        "due_at",
        subjects={
            "es": "La prueba de {organization_name} termina el {due_day}",
            "en": "The trial of {organization_name} ends on {due_day}",
        },
    ),
    "plan_changed": about(
        "plan_before",
        "plan",
        subjects={
            "es": "El plan de {organization_name} ha cambiado",
            "en": "The plan of {organization_name} has changed",
        },
    ),
    # Somebody cancelled it; until then everything goes on.
    "plan_will_end": about(
        "plan",
        "due_at",
        subjects={
            "es": "El plan de {organization_name} termina el {due_day}",
            "en": "The plan of {organization_name} ends on {due_day}",
        },
    ),
}
