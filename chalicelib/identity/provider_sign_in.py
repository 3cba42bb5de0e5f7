"""Signing in with a provider, from the profile on: the same door as a password's, one factor given.

In: a `Profile`, ports. Out: `Entering`, which `sign_in.enter` makes a session of or a challenge for the second factor.
Callers: `http/oauth.py`. The surprise: a provider's own second factor does not stand in for ours; what it checked, and
when, we can't see.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.errors import Unauthenticated
from chalicelib.identity import devices
from chalicelib.identity.oauth import BEGIN_AGAIN, Profile
from chalicelib.identity.people import Locale, People
from chalicelib.identity.provider_people import Identities, person_of
from chalicelib.identity.sign_in import Entering

if TYPE_CHECKING:
    from chalicelib.identity.marks import Keys


def by_provider(
    profile: Profile,
    *,
    device: str | None,
    locale: Locale,
    people: People,
    identities: Identities,
    keys: Keys,
    now: datetime,
) -> Entering:
    found = person_of(profile, locale=locale, people=people, identities=identities)
    account = people.credentials(found.user_id)
    if account is None:
        raise Unauthenticated(BEGIN_AGAIN)
    return Entering(
        account=account,
        amr=(profile.provider,),
        device_id=devices.known_device(device, account.email, keys=keys, now_s=now.timestamp()),
        organization_id=None,
        began_at=now,
    )
