"""Google and GitHub: the windows behind `identity.oauth.Provider`.

In: client ids from settings, client secrets from the identity secret. Out: `Profile`s. Callers: wiring.
The surprise: a refused code is the caller's turn (begin again), a refused client is ours: somebody's configuration is
wrong, and no amount of beginning again will mend it. Access tokens are dropped as soon as the profile is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from chalicelib.adapters.id_tokens import SigningKeys, read_id_token
from chalicelib.adapters.oauth_http import ProviderCalls
from chalicelib.errors import PlatformError, ProviderBusy, Unauthenticated
from chalicelib.identity.keys import IdentityKeys
from chalicelib.identity.oauth import Profile, ProviderName
from chalicelib.log import log
from chalicelib.settings import Settings

OUR_FAULTS: Final = frozenset(
    {
        "invalid_client",
        "unauthorized_client",
        "invalid_scope",
        "incorrect_client_credentials",
        "redirect_uri_mismatch",
    }
)


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    authorization: str
    token: str
    keys: str = ""
    user: str = ""
    emails: str = ""
    issuers: tuple[str, ...] = ()


def google_endpoints(base: str = "") -> Endpoints:
    """Google's, as its discovery document names them; under `base` for a stand-in."""
    return Endpoints(
        authorization=f"{base or 'https://accounts.google.com'}/o/oauth2/v2/auth",
        token=f"{base or 'https://oauth2.googleapis.com'}/token",
        keys=f"{base or 'https://www.googleapis.com'}/oauth2/v3/certs",
        # Google documents both, with and without the scheme.
        issuers=(base,) if base else ("https://accounts.google.com", "accounts.google.com"),
    )


def github_endpoints(base: str = "") -> Endpoints:
    return Endpoints(
        authorization=f"{base or 'https://github.com'}/login/oauth/authorize",
        token=f"{base or 'https://github.com'}/login/oauth/access_token",
        user=f"{base or 'https://api.github.com'}/user",
        emails=f"{base or 'https://api.github.com'}/user/emails?per_page=100",
    )


def offered(settings: Settings, keys: Callable[[], IdentityKeys]) -> dict[str, Google | Github]:
    """Those with a client id, in the order in which people see them."""
    found: dict[str, Google | Github] = {}
    if settings.google_client_id:
        found["google"] = Google(
            settings.google_client_id,
            lambda: keys().google_client_secret,
            google_endpoints(settings.google_url),
            ProviderCalls("google"),
        )
    if settings.github_client_id:
        found["github"] = Github(
            settings.github_client_id,
            lambda: keys().github_client_secret,
            github_endpoints(settings.github_url),
            ProviderCalls("github"),
        )
    return found


class OauthClient:
    """What both have in common: the address to go to, and the code's exchange."""

    name: ProviderName
    scope: str

    def __init__(
        self, client_id: str, secret: Callable[[], str], endpoints: Endpoints, calls: ProviderCalls
    ) -> None:
        self._client_id, self._secret = client_id, secret
        self._endpoints, self._calls = endpoints, calls

    def authorization_url(
        self, *, redirect_uri: str, state: str, nonce: str, challenge: str
    ) -> str:
        asked = {
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": self.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        return f"{self._endpoints.authorization}?{urlencode(asked)}"

    def _exchanged(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        answer = self._calls.post(
            self._endpoints.token,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
                "client_id": self._client_id,
                "client_secret": self._secret(),
            },
        )
        body = answer.body if isinstance(answer.body, dict) else {}
        # GitHub tells of errors with status 200.
        if "error" in body or not answer.is_good:
            raise self._refused(str(body.get("error", answer.status)))
        return body

    def _refused(self, error: str) -> PlatformError:
        told = error if error.isascii() and error.isidentifier() else "unknown"
        log.warning("oauth_code_refused", provider=self.name, provider_error=told[:60])
        if error in OUR_FAULTS:
            return PlatformError(f"{self.name} refuses us as a client: {error}")
        return Unauthenticated(f"The code is not good (any more) for {self.name}. Begin again.")


class Google(OauthClient):
    name: ProviderName = "google"
    scope = "openid email profile"

    def __init__(
        self, client_id: str, secret: Callable[[], str], endpoints: Endpoints, calls: ProviderCalls
    ) -> None:
        super().__init__(client_id, secret, endpoints, calls)
        self._keys = SigningKeys(calls, endpoints.keys)

    def profile(self, code: str, *, redirect_uri: str, nonce: str, verifier: str) -> Profile:
        claims = read_id_token(
            str(self._exchanged(code, redirect_uri, verifier).get("id_token", "")),
            keys=self._keys,
            audience=self._client_id,
            issuers=self._endpoints.issuers,
            nonce=nonce,
        )
        is_verified = claims.get("email_verified") is True
        return Profile(
            provider=self.name,
            subject=str(claims["sub"]),
            email=str(claims.get("email", "")) if is_verified else "",
            name=str(claims.get("name", "")),
        )


class Github(OauthClient):
    """OAuth without OpenID Connect: no id_token, so the nonce goes unanswered; PKCE and `flow` do its work."""

    name: ProviderName = "github"
    scope = "user:email"

    def profile(self, code: str, *, redirect_uri: str, nonce: str, verifier: str) -> Profile:
        token = str(self._exchanged(code, redirect_uri, verifier).get("access_token", ""))
        user = self._read(self._endpoints.user, token, dict)
        emails = self._read(self._endpoints.emails, token, list)
        number = user.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise ProviderBusy("github does not say who signed in. Try again in a moment.")
        return Profile(
            provider=self.name,
            subject=str(number),
            email=primary_and_verified(emails),
            name=str(user.get("name") or user.get("login") or ""),
        )

    def _read(self, url: str, token: str, kind: type) -> Any:
        answer = self._calls.get(url, bearer=token)
        if not answer.is_good:
            raise Unauthenticated("github does not let us read who you are. Begin again.")
        if not isinstance(answer.body, kind):
            raise ProviderBusy("github answers in a form we do not know. Try again in a moment.")
        return answer.body


def primary_and_verified(emails: list[Any]) -> str:
    """A verified address that is not primary may be an old one, which by now is somebody else's."""
    for one in emails:
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            return str(one.get("email", ""))
    return ""
