"""A person at the door, as the tests of sign-up, sign-in and `/v1/me` act them."""

from __future__ import annotations

import pyotp
import pytest

PASSWORD = "correct horse battery staple"
ANOTHER = "four other words entirely"
EMAIL = "ana@example.org"


class Somebody:
    """Somebody with a client: remembers what they were given."""

    def __init__(self, api, world):
        self._api, self._world = api, world
        self.email, self.password = EMAIL, PASSWORD
        self.tokens, self.device, self.secret = {}, None, None

    def ask(self, method, path, body=None, *, signed_in=True, headers=None):
        key = self.tokens.get("access_token", "") if signed_in else ""
        return self._api(method, path, body, key=key, headers=headers)[:2]

    def post(self, path, **body):
        return self.ask("POST", path, body, signed_in=not path.startswith("/v1/auth/s"))

    def signs_up(self, **more):
        wish = {"email": self.email, "name": "Ana"}
        return self.post("/v1/auth/sign-up", **{**wish, "organization": "Clínica Sonrisa", **more})

    def opens_the_link(self):
        token = self._world.postman.link("sign_up")
        status, body = self.ask(
            "POST",
            "/v1/auth/email/verify",
            {"token": token, "password": self.password},
            signed_in=False,
        )
        self.device = body.get("device")
        return status, body

    def signs_in(self, **more):
        body = {"email": self.email, "password": self.password, "device": self.device, **more}
        return self._entered(*self.post("/v1/auth/sign-in", **body))

    def answers(self, challenge, **proof):
        body = {"challenge": challenge, **proof}
        return self._entered(*self.post("/v1/auth/sign-in/second-factor", **body))

    def changes_the_password(self, new=ANOTHER, current=None):
        body = {"current_password": current or self.password, "new_password": new}
        status, told = self.post("/v1/auth/password/change", **body)
        if status == 200:
            self.password, self.tokens = new, told
        return status, told

    def forgets(self):
        return self.ask("POST", "/v1/auth/password/forgot", {"email": self.email}, signed_in=False)

    def resets(self, token=None, password=ANOTHER):
        token = token or self._world.postman.link("password_reset")
        body = {"token": token, "password": password}
        return self.ask("POST", "/v1/auth/password/reset", body, signed_in=False)

    def turns_on_the_second_factor(self):
        """The recovery codes."""
        status, begun = self.post("/v1/me/second-factor", password=self.password)
        assert status == 200, begun
        self.secret = begun["secret"]
        status, told = self.post("/v1/me/second-factor/confirm", code=self.code(steps=-1))
        assert status == 200, told
        return told["recovery_codes"]

    def code(self, steps=0):
        """Of the step now, or that many steps later."""
        import time

        return pyotp.TOTP(self.secret).at(int(time.time()), counter_offset=steps)

    def _entered(self, status, told):
        if status == 200:
            self.tokens, self.device = told, told["device"]
        return status, told


@pytest.fixture
def somebody(api, world):
    return Somebody(api, world)


@pytest.fixture
def ana(somebody):
    """Signed up, verified and signed in."""
    somebody.signs_up()
    assert somebody.opens_the_link()[0] == 200
    assert somebody.signs_in()[0] == 200
    return somebody
