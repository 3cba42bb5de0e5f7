"""The kinds of letters: what each must know, what it is called, where its link leads, how long its token lives.

In: a kind and a body from whoever posts a letter. Out: what is wrong with it. Callers: `adapters/outbox.py` when a letter
is posted, `sending` when it leaves. The surprise: a body never holds a token, and a letter to somebody we know holds no
address either: both are looked up when it leaves, so a letter can't go where a person no longer is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, get_args
from uuid import UUID

from chalicelib.mail.kinds import Kind, Locale, Purpose, Token
from chalicelib.mail.letters_of_billing import BILLING_KINDS
from chalicelib.mail.wording_of_money import minor_units
from chalicelib.tenancy.plans import Plan
from chalicelib.tenancy.roles import Role

__all__ = ["KINDS", "TIMES", "Kind", "Locale", "Purpose", "Token", "fault"]

VALUE_CHARACTERS_MAX: Final = 1000
WHERE_FROM: Final = frozenset({"ip", "user_agent"})
CHANGES_OF_SECOND_FACTOR: Final = ("enabled", "disabled", "new_codes", "code_used")
ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "change": CHANGES_OF_SECOND_FACTOR,
    "role": get_args(Role),
    **dict.fromkeys(("plan", "plan_before"), get_args(Plan)),
}
TIMES: Final = frozenset({"at", "due_at", "grace_at", "read_only_at", "lapsed_at"})
READ: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(("user_id", "tenant_id", "invitation_id"), UUID),
    **dict.fromkeys(TIMES, datetime.fromisoformat),
    "amount": minor_units,
}


RESET: Final = Token(
    purpose="password_reset", lives=timedelta(hours=1), command="fragua password reset"
)

KINDS: Final[Mapping[str, Kind]] = {
    # Whoever asked may be anybody: nothing of what they wrote is in the letter.
    "sign_up": Kind(
        needs=frozenset({"email", "name", "organization_name"}),
        page="/verify",
        token=Token(purpose="sign_up", lives=timedelta(hours=24), command="fragua verify"),
        subjects={
            "es": "Confirma tu dirección para Fragua",
            "en": "Confirm your address for Fragua",
        },
    ),
    # What `sign_up` becomes where the address has an account.
    "already_known": Kind(
        needs=frozenset({"email"}),
        page="/reset",
        token=RESET,
        subjects={
            "es": "Ya tienes una cuenta en Fragua",
            "en": "You already have an account at Fragua",
        },
    ),
    # Sent only where the address has an account.
    "password_reset": Kind(
        needs=frozenset({"email"}),
        page="/reset",
        token=RESET,
        subjects={"es": "Elige una contraseña nueva", "en": "Choose a new password"},
    ),
    "password_changed": Kind(
        needs=frozenset({"user_id", "at"}),
        may_know=WHERE_FROM,
        page="/forgot",
        subjects={"es": "Tu contraseña ha cambiado", "en": "Your password was changed"},
    ),
    "new_sign_in": Kind(
        needs=frozenset({"user_id", "at"}),
        may_know=WHERE_FROM,
        page="/forgot",
        subjects={
            "es": "Inicio de sesión desde un dispositivo nuevo",
            "en": "Sign-in from a new device",
        },
    ),
    # `change` is one of CHANGES_OF_SECOND_FACTOR.
    "second_factor_changed": Kind(
        needs=frozenset({"user_id", "change", "at"}),
        may_know=WHERE_FROM,
        page="/forgot",
        subjects={
            "es": "Cambio en tu verificación en dos pasos",
            "en": "Your second factor has changed",
        },
    ),
    # `provider` as people know it: Google, GitHub.
    "identity_linked": Kind(
        needs=frozenset({"user_id", "provider", "at"}),
        may_know=WHERE_FROM,
        page="/forgot",
        subjects={
            "es": "Nueva forma de iniciar sesión en tu cuenta",
            "en": "A new way to sign in to your account",
        },
    ),
    "identity_removed": Kind(
        needs=frozenset({"user_id", "provider", "at"}),
        may_know=WHERE_FROM,
        page="/forgot",
        subjects={
            "es": "Una forma de iniciar sesión menos en tu cuenta",
            "en": "One way less to sign in to your account",
        },
    ),
    # Not sent once the invitation was accepted, revoked or ran out; its token lives as long as the invitation does.
    "invitation": Kind(
        needs=frozenset(
            {"email", "tenant_id", "invitation_id", "organization_name", "invited_by_name", "role"}
        ),
        page="/invitation",
        token=Token(purpose="invitation", lives=timedelta(days=7), command="fragua join"),
        subjects={
            "es": "Invitación a {organization_name} en Fragua",
            "en": "Invitation to {organization_name} at Fragua",
        },
    ),
    # One for each owner.
    "deletion_scheduled": Kind(
        needs=frozenset({"user_id", "organization_name", "due_at"}),
        page="/organization",
        subjects={
            "es": "{organization_name} se eliminará el {due_day}",
            "en": "{organization_name} will be deleted on {due_day}",
        },
    ),
    # A refresh token came twice: somebody else may have it.
    "session_revoked": Kind(
        needs=frozenset({"user_id", "at"}),
        may_know=WHERE_FROM,
        page="/forgot",
        subjects={
            "es": "Hemos cerrado una sesión tuya por seguridad",
            "en": "We ended one of your sessions for safety",
        },
    ),
    **BILLING_KINDS,
}


def fault(kind: str, body: Mapping[str, object]) -> str | None:
    """What keeps this letter from being sent, however often it is tried."""
    known = KINDS.get(kind)
    if known is None:
        return f"there is no letter {kind!r}"
    if missing := known.needs - body.keys():
        return f"it lacks {', '.join(sorted(missing))}"
    if strange := body.keys() - known.needs - known.may_know:
        return f"it has no use for {', '.join(sorted(strange))}"
    wrong = sorted(name for name, value in body.items() if not is_good(name, value))
    return f"no good value for {', '.join(wrong)}" if wrong else None


def is_good(name: str, value: object) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= VALUE_CHARACTERS_MAX:
        return False
    if name in ONE_OF:
        return value in ONE_OF[name]
    try:
        READ.get(name, str)(value)
    except ValueError:
        return False
    return True
