"""People, their passwords and second factors, and the links that were sent: in memory, as real code."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from chalicelib.adapters.one_time_tokens import LINK_IS_OVER, Promise, digest
from chalicelib.errors import Conflict, LinkExpired, NotFound
from chalicelib.identity.new_password import Reset
from chalicelib.identity.passwords import Passwords
from chalicelib.identity.people import Account, Joined, Newcomer, Person, where_from
from chalicelib.tenancy.organizations import Mine


def now():
    return datetime.now(UTC)


class CountedPasswords(Passwords):
    """Cheap ones, that say how many hashes were worked out."""

    def __init__(self, **cost):
        super().__init__(**{"memory_kib": 8, "rounds": 1, **cost})
        self.verified = 0

    def _verified(self, stored, password):
        self.verified += 1
        return super()._verified(stored, password)


class OneTimeTokens:
    def __init__(self):
        self._kept = {}

    def mint(self, purpose, body, *, lives):
        token = secrets.token_urlsafe(32)
        self._kept[digest(token)] = (purpose, Promise(dict(body), now()), now() + lives)
        return token

    def look_at(self, purpose, token):
        known, promise, expires_at = self._kept.get(digest(token), (None, None, now()))
        if known != purpose or expires_at <= now():
            raise LinkExpired(LINK_IS_OVER)
        return promise

    def take(self, purpose, token):
        promise = self.look_at(purpose, token)
        del self._kept[digest(token)]
        return promise


class People:
    """`accounts` by id, `rows` as `/v1/me` shows them, `asked` whatever was looked up."""

    def __init__(self, tokens, standings):
        self._tokens, self._standings = tokens, standings
        self.accounts, self.rows, self.organizations, self.asked = {}, {}, {}, []

    def by_identity(self, identity):
        kind, _, address = identity.partition(":")
        found = self.by_email(address) if kind == "email" else None
        return found.user_id if found else None

    def by_email(self, email):
        self.asked.append(email)
        return next((one for one in self.accounts.values() if one.email == email), None)

    def credentials(self, user_id):
        return self.accounts.get(user_id)

    def account(self, user_id):
        if user_id not in self.accounts:
            raise NotFound("There is no such person (any more).")
        return self.accounts[user_id]

    def read(self, user_id):
        account, told = self.account(user_id), self.rows[user_id]
        return Person(
            id=user_id,
            email=account.email,
            has_password=account.password_hash is not None,
            has_second_factor=account.has_second_factor,
            **told,
        )

    def change(self, user_id, *, name, locale):
        told = {"name": name, "locale": locale}
        self.rows[user_id] |= {key: value for key, value in told.items() if value}
        return self.read(user_id)

    def promised(self, token):
        return Newcomer(**self._tokens.look_at("sign_up", token).body)

    def join(self, token, *, password_hash):
        promised = self._tokens.look_at("sign_up", token).body
        newcomer = Newcomer(**promised, password_hash=password_hash)
        joined = self.add(newcomer)
        self._tokens.take("sign_up", token)
        return joined

    def add(self, newcomer):
        if self.by_email(newcomer.email):
            raise Conflict("This address has an account already. Sign in, or reset the password.")
        user_id, organization_id = uuid4(), uuid4() if newcomer.organization_name else None
        told = asdict(newcomer)
        self.accounts[user_id] = Account(
            user_id=user_id,
            email=newcomer.email,
            locale=newcomer.locale,
            password_hash=newcomer.password_hash,
            password_changed_at=now() if newcomer.password_hash else None,
            second_factor_sealed=None,
            second_factor_confirmed_at=None,
        )
        row = {name: told[name] for name in ("name", "locale")}
        self.rows[user_id] = row | {"created_at": now(), "recovery_codes_left": 0}
        self._standings.join(user_id)
        if organization_id:
            self.enroll(user_id, organization_id, newcomer.organization_name)
        return Joined(
            user_id=user_id,
            organization_id=organization_id,
            email=newcomer.email,
            organization_name=newcomer.organization_name,
        )

    def enroll(self, user_id, organization_id, name, role="owner"):
        self._standings.join(user_id, organization_id, role)
        mine = Mine(
            id=organization_id,
            name=name,
            plan="free",
            role=role,
            joined_at=now(),
            deletion_due_at=None,
        )
        self.organizations.setdefault(user_id, []).append(mine)

    def mine(self, person_id):
        return list(self.organizations.get(person_id, []))


class Credentials:
    """Passwords and second factors of `people`; letters go to `outbox`."""

    def __init__(self, people, tokens, standings, outbox):
        self._people, self._tokens = people, tokens
        self._standings, self._outbox = standings, outbox
        self._steps, self._codes = {}, {}

    def rehash(self, user_id, *, before, password_hash):
        if self._people.account(user_id).password_hash == before:
            self._set(user_id, password_hash=password_hash)

    def whose_link(self, token):
        return self._whose(self._tokens.look_at("password_reset", token))

    def reset(self, token, *, password_hash, at):
        whose = self.whose_link(token)
        self._tokens.take("password_reset", token)
        self._new_password(whose.user_id, password_hash, at)
        return whose

    def change(self, user_id, *, before, password_hash, at):
        if self._people.account(user_id).password_hash != before:
            return False
        self._new_password(user_id, password_hash, at)
        return True

    def begin(self, user_id, sealed):
        if self._people.account(user_id).has_second_factor:
            return False
        self._set(user_id, second_factor_sealed=sealed)
        self._steps[user_id] = 0
        return True

    def confirm(self, account, step, codes):
        known = self._people.account(account.user_id)
        if known != account or known.has_second_factor or self._steps[account.user_id] >= step:
            return False
        self._steps[account.user_id] = step
        self._set(account.user_id, second_factor_confirmed_at=now())
        self._keep(account, codes)
        return self._tell(account, "enabled")

    def use(self, account, proof):
        if not self._used(account, proof):
            return False
        return proof.recovery_sha256 is None or self._tell(account, "code_used")

    def replace_codes(self, account, proof, codes):
        if not self._used(account, proof):
            return False
        self._keep(account, codes)
        return self._tell(account, "new_codes")

    def remove(self, account, proof):
        if not self._used(account, proof):
            return False
        self._keep(account, [])
        self._set(account.user_id, second_factor_sealed=None, second_factor_confirmed_at=None)
        return self._tell(account, "disabled")

    def _used(self, account, proof):
        left = self._codes.get(account.user_id, [])
        if proof.recovery_sha256:
            if proof.recovery_sha256 not in left:
                return False
            self._keep(account, [one for one in left if one != proof.recovery_sha256])
            return True
        if self._steps.get(account.user_id, 0) >= proof.step:
            return False
        self._steps[account.user_id] = proof.step
        return True

    def _keep(self, account, codes):
        self._codes[account.user_id] = list(codes)
        self._people.rows[account.user_id]["recovery_codes_left"] = len(codes)

    def _whose(self, promise):
        from uuid import UUID

        account = self._people.credentials(UUID(promise.body["user_id"]))
        changed_at = account and account.password_changed_at
        if account is None or (changed_at and changed_at >= promise.created_at):
            raise LinkExpired(LINK_IS_OVER)
        return Reset(user_id=account.user_id, email=account.email)

    def _new_password(self, user_id, password_hash, at):
        self._set(user_id, password_hash=password_hash, password_changed_at=now())
        self._standings.end_all_sessions(user_id, before=at)
        account = self._people.account(user_id)
        told = {"user_id": str(user_id), **where_from()}
        self._outbox.post("password_changed", told, account.locale)

    def _set(self, user_id, **values):
        self._people.accounts[user_id] = replace(self._people.account(user_id), **values)

    def _tell(self, account, change):
        told = {"user_id": str(account.user_id), "change": change, **where_from()}
        self._outbox.post("second_factor_changed", told, account.locale)
        return True


class Postman:
    """Opens the letters in `outbox` as whoever they are for: the token each link carries."""

    def __init__(self, outbox, tokens, people):
        self._outbox, self._tokens, self._people = outbox, tokens, people

    def link(self, kind):
        """Of the letter posted last. None where the letter that leaves has no such link."""
        letter = self._outbox.of(kind)[-1]
        known = self._people.by_email(letter.body["email"])
        if kind == "sign_up" and known is None:
            body = {**letter.body, "locale": letter.locale}
            return self._tokens.mint("sign_up", body, lives=timedelta(hours=24))
        if kind == "password_reset" and known:
            body = {"user_id": str(known.user_id)}
            return self._tokens.mint("password_reset", body, lives=timedelta(hours=1))
        return None
