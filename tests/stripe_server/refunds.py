"""Money that goes back: refunds, and disputes that a bank opens.

In: a charge. Out: refunds, disputes. Callers: `routes.py`; `POST /_double/disputes {"charge": "ch_…"}` is the bank. The
surprise: a dispute is opened by nobody who has a key, so Stripe's API can't make one either, but for a card of its own
(4000 0000 0000 0259), which is disputed as soon as it has paid.
"""

from __future__ import annotations

from tests.stripe_server import blanks, cards, control, payments
from tests.stripe_server.changes import merged
from tests.stripe_server.wire import invalid, page

WEEK_S = 7 * 86_400


def create(account, params):
    charge = _charge(account, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if not charge["paid"] or left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")  # fmt: skip
    if not 0 < amount <= left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount")  # fmt: skip
    made = account.new(
        "refund",
        "re",
        of=charge,
        **blanks.made(
            blanks.REFUND,
            amount=amount,
            charge=charge["id"],
            currency=charge["currency"],
            metadata=merged({}, params.get("metadata")),
            payment_intent=charge["payment_intent"],
            reason=params.get("reason"),
        ),
    )
    del made["livemode"]  # Stripe does not say it of a refund.
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.tell("refund.created", made, of=charge)
    account.tell("charge.refunded", charge, previous=before)
    return made


def _charge(account, params):
    if params.get("charge"):
        return account.store.get("charge", params["charge"], "charge")
    if not params.get("payment_intent"):
        raise invalid("One of the following params should be provided: payment_intent or charge.")
    intent = account.store.get("payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")  # fmt: skip
    return account.store.get("charge", intent["latest_charge"])


def listed(account, params):
    wanted = {name: params[name] for name in ("charge", "payment_intent") if name in params}
    return page(account.store.all("refund", **wanted), params, "/v1/refunds")


def disputed(account, charge):
    if charge["disputed"] or not charge["paid"]:
        raise invalid(f"Charge {charge['id']} can't be disputed.")
    made = account.new(
        "dispute",
        "du",
        of=charge,
        **blanks.made(
            blanks.DISPUTE,
            amount=charge["amount"],
            charge=charge["id"],
            currency=charge["currency"],
            payment_intent=charge["payment_intent"],
            reason="fraudulent",
            status="needs_response",
        ),
    )
    made["evidence_details"]["due_by"] = made["created"] + WEEK_S
    charge["disputed"] = True
    account.tell("charge.dispute.created", made, of=charge)
    return made


def close(account, params, id_):
    """We give up: the money is the customer's."""
    found = account.store.get("dispute", id_)
    if found["status"] in ("lost", "won"):
        raise invalid("This dispute is already closed")
    before = {"status": found["status"]}
    found["status"] = "lost"
    charge = account.store.find(found["charge"])
    account.tell("charge.dispute.closed", found, previous=before, of=charge)
    return found


def list_disputes(account, params):
    wanted = {name: params[name] for name in ("charge", "payment_intent") if name in params}
    return page(account.store.all("dispute", **wanted), params, "/v1/disputes")


def _by_bank(stripe, said):
    with stripe.account.store.changing():
        return disputed(stripe.account, stripe.account.store.get("charge", said["charge"]))


def _dispute_at_once(account, card, charge):
    if card["card"]["last4"] == cards.DISPUTES:
        disputed(account, charge)


control.ACTS["POST", "disputes"] = _by_bank
payments.TAKEN.append(_dispute_at_once)
ROUTES = {
    ("POST", "/v1/refunds"): (create, "RefundCreateParams"),
    ("GET", "/v1/refunds"): (listed, "RefundListParams"),
    ("GET", "/v1/refunds/{id}"): (
        lambda account, params, id_: account.store.get("refund", id_),
        "RefundRetrieveParams",
    ),
    ("GET", "/v1/disputes"): (list_disputes, "DisputeListParams"),
    ("GET", "/v1/disputes/{id}"): (
        lambda account, params, id_: account.store.get("dispute", id_),
        "DisputeRetrieveParams",
    ),
    ("POST", "/v1/disputes/{id}/close"): (close, "DisputeCloseParams"),
}
