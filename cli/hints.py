"""What to type next after a refusal. The API says what is wrong in terms of requests; people here type commands.

In: a problem document. Out: a line or more in the language spoken, or nothing. Callers: `speaking.py`. The surprise: a hint
that is missing harms nobody, so whatever is not recognized has none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from cli.language import told
from cli.refusals import ways

BY_LINK: Final = {
    "/v1/auth/email/verify": "`fragua sign-up` has another letter sent.",
    "/v1/auth/password/reset": "`fragua password forgot` has another letter sent.",
    "/v1/invitations/accept": "Whoever invited you sends another with `fragua invitations resend YOUR-ADDRESS`.",
}


def hint(problem: Mapping[str, Any]) -> str:
    where, slug = str(problem.get("instance", "")), str(problem.get("type", "")).rpartition(":")[2]
    finders = {
        "unauthenticated": _unauthenticated,
        "forbidden": _forbidden,
        "conflict": _conflict,
        "link-expired": _link,
        "budget-reached": _budget,
    }
    return finders[slug](problem, where) if slug in finders else ways(problem)


def _unauthenticated(_: Mapping[str, Any], where: str) -> str:
    if where == "/v1/auth/sign-in":
        return told("Forgotten? `fragua password forgot`")
    return "" if where.startswith("/v1/auth/sign-in") else _sign_in()


def _forbidden(problem: Mapping[str, Any], _: str) -> str:
    detail = str(problem.get("detail", ""))
    if "permission" in problem:
        return told(
            "`fragua whoami` shows your role; owners and admins change it: `fragua members`"
        )
    if detail.startswith("An API key"):
        return _sign_in()
    if detail.startswith("You are in no organization"):
        return told("`fragua orgs create NAME` makes one; `fragua join TOKEN` takes an invitation.")
    return ""


def _sign_in() -> str:
    """A key in the environment comes before whoever signed in."""
    if os.environ.get("FRAGUA_API_KEY"):
        return told("FRAGUA_API_KEY is set and comes first: correct it, or unset it.")
    return told("Sign in: `fragua login`")


def _conflict(problem: Mapping[str, Any], where: str) -> str:
    if where.startswith("/v1/billing/"):
        return _plan(problem)
    if "invitation_id" not in problem:
        return ""
    return told("`fragua invitations resend ADDRESS`, or `fragua invitations revoke ADDRESS`")


def _plan(problem: Mapping[str, Any]) -> str:
    if problem.get("given_plan"):
        return ""
    if problem.get("plan"):
        return told("Another plan: `fragua billing change PLAN`")
    return told("`fragua billing plans` shows them; `fragua billing buy PLAN` buys one.")


def _budget(_: Mapping[str, Any], __: str) -> str:
    return told("`fragua usage` shows what this month came to.")


def _link(_: Mapping[str, Any], where: str) -> str:
    return next((told(text) for path, text in BY_LINK.items() if where.startswith(path)), "")
