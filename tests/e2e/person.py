"""A person at a generated app: a browser without JavaScript, reduced to cookies, forms and links."""

from __future__ import annotations

import re

import httpx


class Person:
    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=20)

    def sign_in(self, username: str, password: str) -> httpx.Response:
        """Whoever is not signed in is led from the front page to the form."""
        return self.send("/", email=username, password=password)

    def send(self, path: str, **fields: str) -> httpx.Response:
        """Opens the page of a form and posts it with its token."""
        page = self.http.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, f"{page.url} has no form"
        return self.http.post(
            page.url,
            data={"csrfmiddlewaretoken": token[1], **fields},
            headers={"Referer": str(page.url)},
        )
