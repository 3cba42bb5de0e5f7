"""What a plan or an unpaid invoice refuses, in the language spoken, and what to type next.

In: a problem document of a plan or a payment. Out: a sentence, and lines of advice. Callers: `speaking.py`, `hints.py`. The
surprise: these refusals are told from their facts, not from the API's `detail`, which is English and speaks of requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.language import language, told

Problem = Mapping[str, Any]

FREE: Final = "free"
LATE: Final = ("read_only", "lapsed")


def slug_of(problem: Problem) -> str:
    return str(problem.get("type", "")).rpartition(":")[2]


def said(problem: Problem) -> str:
    """Empty for what is none of these, or lacks its facts."""
    sentences = {
        "quota-reached": _quota,
        "runs-reached": _runs,
        "seats-reached": _seats,
        "payment-required": _payment,
        "payment-declined": _declined,
        "payments-busy": _unanswered,
        "payments-account-refused": _misconfigured,
    }
    slug = slug_of(problem)
    is_told = slug in sentences and ("limit" in problem or slug.startswith("payment"))
    return sentences[slug](problem) if is_told else ""


def ways(problem: Problem) -> str:
    """What to do about it, a line each."""
    finders = {
        "quota-reached": _ways_to_more,
        "runs-reached": _ways_to_run,
        "seats-reached": _ways_to_seats,
        "payment-required": _ways_to_pay,
        "payment-declined": _ways_to_pay_otherwise,
        "payments-busy": _ways_to_ask_again,
    }
    slug = slug_of(problem)
    return "\n".join(finders[slug](problem)) if slug in finders else ""


def _quota(problem: Problem) -> str:
    facts = _facts(problem)
    if problem.get("unit") == "tokens":
        return told(
            "All {limit} tokens of models that the plan {plan} includes until {resets} are used.",
            **facts,
        )
    return told(
        "All {included} generations of the plan {plan} and the {overage_max} allowed beyond it are used until {resets}."
        if problem.get("overage_max")
        else "All {limit} generations that the plan {plan} includes until {resets} are used.",
        **facts,
    )


def _runs(problem: Problem) -> str:
    return told(
        "{used} of at most {limit} generations of the plan {plan} are under way.", **_facts(problem)
    )


def _seats(problem: Problem) -> str:
    return told(
        "All {limit} seats of the plan {plan} are taken by people and open invitations."
        if problem.get("plan")
        else "All {limit} seats of this organization are taken. Ask whoever invited you to make room.",
        **_facts(problem),
    )


def _payment(problem: Problem) -> str:
    return told(
        "An invoice has been overdue for so long that nothing new can be begun; what runs goes on."
        if problem.get("billing_state") in LATE
        else "There is an invoice to pay first."
    )


def _declined(problem: Problem) -> str:
    return told(
        "Your bank wants you to confirm the payment; until then nothing has changed."
        if problem.get("reason") == "authentication_required"
        else "The payment was declined; nothing has changed."
    )


def _unanswered(_: Problem) -> str:
    return told("Stripe, where payments are made, does not answer at the moment.")


def _misconfigured(_: Problem) -> str:
    return told("Stripe refuses this deployment's account; whoever runs it has to mend that.")


def _ways_to_ask_again(_: Problem) -> Iterator[str]:
    yield told(
        "Say it again in a minute; nothing is done or paid twice. `fragua billing show` tells how it stands."
    )


def _ways_to_more(problem: Problem) -> Iterator[str]:
    if problem.get("resets_at"):
        yield told("Wait: it starts anew on {resets} UTC.", **_facts(problem))
    yield from _bigger_plan(problem)
    if problem.get("can_allow_overage"):
        yield told("Allow some beyond the plan, each is billed: `fragua billing overage NUMBER`")


def _ways_to_run(problem: Problem) -> Iterator[str]:
    yield told("Wait for one to end, or stop one: `fragua cancel ID`")
    yield from _bigger_plan(problem)


def _ways_to_seats(problem: Problem) -> Iterator[str]:
    if problem.get("plan"):
        yield told(
            "Make room: `fragua members remove ADDRESS`, `fragua invitations revoke ADDRESS`"
        )
    yield from _bigger_plan(problem)


def _ways_to_pay_otherwise(problem: Problem) -> Iterator[str]:
    if problem.get("page_url"):
        yield told("Pay it here: {url}", url=problem["page_url"])
    yield told("Another card: `fragua billing portal`, then the same again")


def _ways_to_pay(problem: Problem) -> Iterator[str]:
    if problem.get("page_url"):
        yield told("Pay it here: {url}", url=problem["page_url"])
    yield told("Pay it, whoever manages billing: `fragua billing portal`")


def _bigger_plan(problem: Problem) -> Iterator[str]:
    plan, has = problem.get("next_plan"), problem.get("plan")
    if plan:
        command = "buy" if has == FREE else "change"
        yield told(
            "A plan with more: `fragua billing {command} {plan}`", command=command, plan=plan
        )


def _facts(problem: Problem) -> dict[str, Any]:
    """Numbers and moments as people read them."""
    resets = str(problem.get("resets_at") or "")
    limit, beyond = problem.get("limit", 0), problem.get("overage_max", 0)
    return {
        "plan": problem.get("plan"),
        "limit": f"{limit:,}".replace(",", "." if language() == "es" else ","),
        "used": problem.get("used"),
        "included": limit - beyond,
        "overage_max": beyond,
        "resets": f"{resets[:10]} {resets[11:16]}".strip(),
    }
