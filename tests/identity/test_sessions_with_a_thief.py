"""A client, a client whose answers get lost, and a thief, in any order, on a virtual clock.

What may happen is said twice: by the code, and by a model that knows only how many tokens there were, who holds which,
and when the last was given out.
"""

from __future__ import annotations

import copy
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.errors import Unauthenticated
from chalicelib.identity import refresh_tokens
from chalicelib.identity.session_records import ANSWER_MAY_BE_LOST_FOR, judge
from tests.identity.test_sessions import KEYS, House

WINDOW = ANSWER_MAY_BE_LOST_FOR
WHO = st.sampled_from(["client", "thief"])


class Raced:
    """The store of a machine that was overtaken: between its reading and its writing, another one acts."""

    def __init__(self, store, overtaken):
        self._store, self._overtaken = store, overtaken

    def __getattr__(self, name):
        return getattr(self._store, name)

    def rotate(self, session, *, replacing):
        act, self._overtaken = self._overtaken, None
        if act:
            act()
        return self._store.rotate(session, replacing=replacing)


class Family(RuleBasedStateMachine):
    @initialize()
    def sign_in(self):
        self.house = House()
        self.began_at = self.last_at = self.house.now
        self.tokens = [self.house.open().refresh_token]
        self.held = {"client": 0, "thief": None}
        self.is_over, self.thief_acted, self.lost_at = False, False, None
        self.used_by = {}

    # what may happen

    @rule(seconds=st.sampled_from([0, 1, 15, 29, 30, 31, 60, 3600, 86_400, 29 * 86_400]))
    def time_passes(self, seconds):
        self.house.now += timedelta(seconds=seconds)

    @rule()
    def the_client_refreshes(self):
        self.use("client", hears=True)

    @rule()
    def the_clients_answer_is_lost(self):
        self.use("client", hears=False)

    @precondition(lambda self: self.lost_at is not None)
    @rule(seconds=st.integers(0, 30))
    def the_client_tries_again_in_time(self, seconds):
        until = self.lost_at + timedelta(seconds=seconds)
        self.house.now = max(self.house.now, until)
        self.use("client", hears=True)

    @rule()
    def the_thief_copies_what_the_client_has(self):
        self.held["thief"] = self.held["client"]

    @rule()
    def the_thief_hears_the_answer_that_the_client_does_not(self):
        before = self.held["client"]
        if (given := self.use("client", hears=False)) is not None:
            self.held["thief"] = given
        assert self.held["client"] == before

    @precondition(lambda self: self.held["thief"] is not None)
    @rule(hears=st.booleans())
    def the_thief_refreshes(self, hears):
        self.use("thief", hears=hears)

    @precondition(lambda self: self.held["thief"] is not None)
    @rule(first=WHO)
    def both_refresh_at_the_same_time(self, first):
        second = "thief" if first == "client" else "client"
        store = self.house.sessions
        self.house.sessions = Raced(store, lambda: self.overtake(store, second))
        try:
            self.use(first, hears=True)
        finally:
            self.house.sessions = store

    @precondition(lambda self: self.held["thief"] is not None)
    @rule(first=WHO)
    def both_use_what_they_have_one_after_the_other(self, first):
        """As soon as both have used a stolen token, further apart than an answer may be lost, the family is gone."""
        if self.held["thief"] != self.held["client"] or self.is_gone():
            return
        second = "thief" if first == "client" else "client"
        self.use(first, hears=True)
        self.house.now += WINDOW + timedelta(seconds=1)
        self.use(second, hears=True)
        assert self.is_gone()

    # what must hold

    @invariant()
    def there_is_at_most_one_live_token(self):
        kept = self.kept()
        worth = [judge(kept, self.shown(text).sha256, self.house.now) for text in self.tokens]
        assert worth.count("rotate") <= (0 if self.is_gone() else 1)
        assert worth.count("again") <= 1
        if "rotate" in worth:
            assert worth.index("rotate") == len(self.tokens) - 1

    @invariant()
    def a_gone_family_stays_gone(self):
        if self.is_gone():
            world = copy.deepcopy(self.house)
            for text in self.tokens:
                assert refused(world, text)

    @invariant()
    def whoever_shares_a_token_shares_its_successor(self):
        if not self.is_gone():
            assert all(len(successors) == 1 for successors in self.used_by.values())

    # how

    def overtake(self, store, who):
        mine, self.house.sessions = self.house.sessions, store
        try:
            self.use(who, hears=True)
        finally:
            self.house.sessions = mine

    def use(self, who, *, hears):
        """Answers the number of the token that was given, None when all was refused."""
        number = self.held[who]
        self.thief_acted |= who == "thief"
        try:
            text = self.house.refresh(self.tokens[number]).refresh_token
        except Unauthenticated:
            text = None
        given = self.expected(number)
        assert (text is None) == (given is None)
        if who == "client":
            self.the_honest_client_stays_signed_in(number, given)
        if given is None:
            return None
        if given == len(self.tokens):
            self.tokens.append(text)
        assert self.tokens[given] == text
        self.used_by.setdefault(number, set()).add(given)
        if hears:
            self.held[who] = given
        if who == "client":
            self.lost_at = None if hears else self.lost_at or self.house.now
        return given

    def expected(self, number):
        """The model: what an honest reading of the rules gives."""
        newest, now = len(self.tokens) - 1, self.house.now
        if self.is_gone():
            return None
        if number == newest:
            self.last_at = now
            return newest + 1
        if number == newest - 1 and now - self.last_at <= WINDOW:
            return newest
        self.is_over = True
        return None

    def the_honest_client_stays_signed_in(self, number, given):
        in_time = self.lost_at is None or self.house.now - self.lost_at <= WINDOW
        if not self.thief_acted and in_time and not self.ran_out():
            assert given is not None

    def is_gone(self):
        return self.is_over or self.ran_out()

    def ran_out(self):
        kept = self.kept()
        return kept.revoked_at is None and self.house.now >= kept.expires_at

    def kept(self):
        shown = self.shown(self.tokens[0])
        return self.house.sessions.read(shown.user_id, shown.session_id)

    def shown(self, text):
        return refresh_tokens.read(text, keys=KEYS)


def refused(house, text):
    try:
        house.refresh(text)
    except Unauthenticated:
        return True
    return False


TestFamily = Family.TestCase
TestFamily.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
