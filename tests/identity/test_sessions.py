"""Sessions from signing in to signing out, on a clock of our own."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.errors import CloudBusy, DatabaseBusy, NotFound, Unauthenticated, Unavailable
from chalicelib.identity import refresh_tokens, refreshing, sessions, tokens
from chalicelib.tenancy.origin import Origin
from tests.fakes_mail import Jobs, Outbox
from tests.fakes_sessions import Sessions, Standings, identity_keys

START = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ISSUER = "https://fragua.example"
KEYS = identity_keys(now_s=START.timestamp())


class House:
    """One person, an organization, and everything behind them."""

    def __init__(self):
        self.now = START
        self.sessions, self.standings, self.outbox = Sessions(), Standings(), Outbox()
        self.jobs = Jobs()
        self.person, self.organization = uuid.uuid4(), uuid.uuid4()
        self.standings.join(self.person, self.organization, "admin")

    def ports(self, *names):
        known = {
            "sessions": self.sessions,
            "standings": self.standings,
            "outbox": self.outbox,
            "jobs": self.jobs,
            "keys": KEYS,
            "issuer": ISSUER,
            "now": self.now,
            "origin": Origin(ip="192.0.2.1", user_agent="a browser"),
        }
        return {name: known[name] for name in ("sessions", "standings", "now", *names)}

    def open(self, **asked):
        asked = {"organization_id": self.organization, "amr": ("pwd",)} | asked
        return sessions.open_session(self.person, **asked, **self.ports("keys", "issuer", "origin"))

    def refresh(self, text):
        return refreshing.refresh(text, **self.ports("keys", "issuer", "origin", "outbox", "jobs"))

    def read(self, access_token):
        return tokens.read(access_token, keys=KEYS, issuer=ISSUER, now_s=self.now.timestamp())

    def kept(self, opened):
        return self.sessions.read(self.person, opened.session_id)


@pytest.fixture
def house():
    return House()


def test_opening_gives_both_tokens_and_keeps_no_secret(house):
    opened = house.open()
    claims = house.read(opened.access_token)
    assert (claims.user_id, claims.organization_id) == (house.person, house.organization)
    assert (claims.role, claims.amr, claims.session_id) == ("admin", ("pwd",), opened.session_id)
    secret = refresh_tokens.read(opened.refresh_token, keys=KEYS).secret
    assert secret.hex() not in repr(vars(house.kept(opened)))


def test_nobody_opens_a_session_for_an_organization_they_are_not_in(house):
    opened = house.open(organization_id=uuid.uuid4())
    assert (opened.organization_id, opened.role) == (None, None)
    assert house.kept(opened).organization_id is None


def test_a_session_of_somebody_who_is_gone_does_not_open(house):
    house.standings.people.clear()
    with pytest.raises(Unauthenticated):
        house.open()


def test_a_session_whose_credentials_changed_while_it_was_opened_never_began(house):
    house.standings.end_all_sessions(house.person, before=house.now + SECOND)
    with pytest.raises(Unauthenticated):
        house.open()


def test_a_session_opened_with_the_moment_that_ended_the_others_goes_on(house):
    old = house.open()
    house.now += SECOND
    sessions.end_all_sessions(house.person, **house.ports())
    assert house.refresh(house.open().refresh_token)
    with pytest.raises(Unauthenticated):
        house.refresh(old.refresh_token)


class TestRefreshing:
    def test_every_token_is_another_and_the_session_stays(self, house):
        seen = [house.open()]
        for _ in range(5):
            house.now += DAY
            seen.append(house.refresh(seen[-1].refresh_token))
        assert len({one.refresh_token for one in seen}) == 6
        assert len({one.session_id for one in seen}) == 1

    def test_the_answer_that_was_lost_comes_again_for_thirty_seconds(self, house):
        first = house.open()
        lost = house.refresh(first.refresh_token)
        house.now += 30 * SECOND
        assert house.refresh(first.refresh_token).refresh_token == lost.refresh_token

    def test_and_then_no_more(self, house):
        first = house.open()
        house.refresh(first.refresh_token)
        house.now += 30 * SECOND + timedelta(microseconds=1)
        with pytest.raises(Unauthenticated):
            house.refresh(first.refresh_token)
        assert house.kept(first).revoked_at == house.now

    def test_once_the_successor_was_used_the_old_one_ends_everything(self, house):
        first = house.open()
        second = house.refresh(first.refresh_token)
        third = house.refresh(second.refresh_token)
        for token in (first, third):
            with pytest.raises(Unauthenticated):
                house.refresh(token.refresh_token)
        [letter] = house.outbox.of("session_revoked")
        assert (letter.body["user_id"], letter.body["ip"]) == (house.person, "192.0.2.1")
        assert house.jobs.put_jobs == [("mail", {})]

    @pytest.mark.parametrize("skew", [-25, 25])
    def test_machines_whose_clocks_differ_agree_on_a_lost_answer(self, house, skew):
        first = house.open()
        lost = house.refresh(first.refresh_token)
        house.now += skew * SECOND
        assert house.refresh(first.refresh_token).refresh_token == lost.refresh_token

    @pytest.mark.parametrize("skew", [-60, 60])
    def test_machines_whose_clocks_differ_by_a_minute_pass_a_session_on(self, house, skew):
        token = house.open()
        for _ in range(4):
            house.now += skew * SECOND
            token = house.refresh(token.refresh_token)
            house.now -= skew * SECOND
            assert house.read(token.access_token)
            token = house.refresh(token.refresh_token)

    def test_it_ends_after_thirty_days_without_use(self, house):
        first = house.open()
        house.now += 30 * DAY
        with pytest.raises(Unauthenticated):
            house.refresh(first.refresh_token)

    def test_it_ends_after_ninety_days_whatever_its_use(self, house):
        token = house.open()
        for _ in range(89):
            house.now += DAY
            token = house.refresh(token.refresh_token)
        house.now += DAY
        with pytest.raises(Unauthenticated):
            house.refresh(token.refresh_token)

    def test_another_role_is_in_the_next_token(self, house):
        token = house.open()
        house.standings.join(house.person, house.organization, "viewer")
        token = house.refresh(token.refresh_token)
        assert token.role == "viewer"
        house.standings.leave(house.person, house.organization)
        assert house.refresh(token.refresh_token).organization_id is None

    def test_a_session_that_postgres_says_is_over_is_over_for_dynamodb_too(self, house):
        token = house.open()
        house.standings.end_session(house.person, token.session_id)
        with pytest.raises(Unauthenticated):
            house.refresh(token.refresh_token)
        assert house.kept(token).revoked_at


class TestWhatIsAway:
    def test_without_postgres_nothing_is_used_up(self, house, monkeypatch):
        token = house.open()
        with monkeypatch.context() as patch:
            patch.setattr(house.standings, "standing", away(DatabaseBusy))
            with pytest.raises(DatabaseBusy):
                house.refresh(token.refresh_token)
        house.now += 10 * 60 * SECOND
        assert house.refresh(token.refresh_token)

    def test_without_dynamodb_nothing_is_used_up(self, house):
        token = house.open()
        house.sessions.broken = CloudBusy("away")
        with pytest.raises(CloudBusy):
            house.refresh(token.refresh_token)
        house.sessions.broken = None
        house.now += 10 * 60 * SECOND
        assert house.refresh(token.refresh_token)

    @pytest.mark.parametrize("port", ["standings.end_session", "outbox.post", "sessions.revoke"])
    def test_a_copied_token_ends_the_session_whatever_fails_on_the_way(
        self, house, monkeypatch, port
    ):
        first = house.open()
        second = house.refresh(first.refresh_token)
        third = house.refresh(second.refresh_token)
        room, _, method = port.partition(".")
        with monkeypatch.context() as patch:
            patch.setattr(getattr(house, room), method, away(CloudBusy))
            with pytest.raises(CloudBusy):
                house.refresh(first.refresh_token)
        with pytest.raises(Unauthenticated):
            house.refresh(first.refresh_token)
        with pytest.raises(Unauthenticated):
            house.refresh(third.refresh_token)
        assert len(house.outbox.of("session_revoked")) == 1

    def test_a_store_that_never_agrees_is_the_worlds_turn(self, house, monkeypatch):
        token = house.open()
        monkeypatch.setattr(house.sessions, "rotate", lambda *_, **__: False)
        with pytest.raises(Unavailable):
            house.refresh(token.refresh_token)


def away(error):
    def refuse(*_, **__):
        raise error("away")

    return refuse


class TestOthers:
    """Nobody's token is another's."""

    def test_a_token_of_other_keys_asks_nobody(self, house):
        token = refresh_tokens.new_token(house.person, house.open().session_id)
        house.sessions.broken = AssertionError("asked")
        with pytest.raises(Unauthenticated):
            house.refresh(token.text(identity_keys()))

    def test_a_changed_bit_anywhere_is_refused(self, house):
        text = house.open().refresh_token
        house.sessions.broken = AssertionError("asked")
        for at in range(len(text)):
            for letter in "Aq":
                changed = text[:at] + letter + text[at + 1 :]
                if changed != text:
                    with pytest.raises(Unauthenticated):
                        house.refresh(changed)

    def test_a_successor_opens_for_its_predecessor_only(self, house):
        first, other = (refresh_tokens.new_token(house.person, uuid.uuid4()) for _ in range(2))
        successor = refresh_tokens.new_token(house.person, first.session_id)
        sealed = refresh_tokens.wrapped(successor, under=first)
        assert refresh_tokens.unwrapped(sealed, under=first) == successor
        with pytest.raises(ValueError, match="not sealed by us"):
            refresh_tokens.unwrapped(sealed, under=other)

    def test_a_session_is_ended_by_its_owner_only(self, house):
        with pytest.raises(NotFound):
            sessions.end_session(uuid.uuid4(), house.open().session_id, **house.ports())

    def test_a_secret_is_not_in_the_words_about_a_token(self, house):
        token = refresh_tokens.new_token(house.person, uuid.uuid4())
        assert "secret" not in repr(token)
        assert "live_sha256" not in repr(house.kept(house.open()))


def test_switching_leaves_the_refresh_token_good(house):
    other = uuid.uuid4()
    house.standings.join(house.person, other, "owner")
    opened = house.open()
    switched = sessions.switch(
        house.person, opened.session_id, organization_id=other, **house.ports("keys", "issuer")
    )
    assert house.read(switched.access_token).organization_id == other
    assert house.refresh(opened.refresh_token).organization_id == other


def test_an_ended_session_does_not_switch(house):
    opened = house.open()
    house.sessions.revoke(house.person, opened.session_id, at=house.now)
    with pytest.raises(Unauthenticated):
        sessions.switch(
            house.person,
            opened.session_id,
            organization_id=house.organization,
            **house.ports("keys", "issuer"),
        )


def test_only_sessions_that_go_on_are_listed(house):
    idle, ended, current = house.open(), house.open(), None
    house.now += 29 * DAY
    current = house.open()
    sessions.end_session(house.person, ended.session_id, **house.ports())
    house.now += 2 * DAY
    found = sessions.live_sessions(house.person, current.session_id, **house.ports())
    assert [one.id for one in found] == [current.session_id]
    assert idle.session_id != current.session_id
