"""What a subscription will become: phases one after the other, each with its prices.

In: phases. Out: a schedule; at the end of a phase, the subscription with the next one's prices. Callers: `routes.py`,
`renewals.py`. The surprise: the phase that is going on must be among those that are sent, as it is; after the last one the
subscription is let go as it is then, or ends (`end_behavior`).
"""

from __future__ import annotations

from tests.stripe_server import blanks, changing, ending, items, lines, lives
from tests.stripe_server.changes import merged
from tests.stripe_server.proration import boundary
from tests.stripe_server.wire import invalid, page

OPEN = ("active", "not_started")


def create(account, params):
    if "from_subscription" not in params:
        raise invalid("This double makes schedules from subscriptions.", "from_subscription")
    if "phases" in params:
        raise invalid("You cannot set `phases` if `from_subscription` is set.", "phases")
    found = account.store.get("subscription", params["from_subscription"], "from_subscription")
    if found["schedule"]:
        raise invalid(f"You cannot migrate a subscription that is already attached to a schedule: {found['schedule']}.", "from_subscription")  # fmt: skip
    if lives.is_over(found):
        raise invalid("You cannot migrate a subscription that is canceled.", "from_subscription")
    begins, ends = lives.period(found)
    wishes = [_as_wish(item) for item in found["items"]["data"]]
    made = account.new(
        "subscription_schedule",
        "sub_sched",
        of=found,
        **blanks.made(
            blanks.SCHEDULE,
            current_phase={"start_date": begins, "end_date": ends},
            customer=found["customer"],
            metadata=merged({}, params.get("metadata")),
            phases=[_phase(account, {"items": wishes}, begins, ends)],
            status="active",
            subscription=found["id"],
            test_clock=found["test_clock"],
        ),
    )
    account.tell("subscription_schedule.created", made)
    lives.changed(account, found, schedule=made["id"])
    return made


def _as_wish(item):
    wish = {"price": item["price"]["id"]}
    if "quantity" in item:
        wish["quantity"] = item["quantity"]
    return wish


def _phase(account, wish, begins, ends):
    known = {name: wish[name] for name in ("proration_behavior", "description", "billing_cycle_anchor") if name in wish}  # fmt: skip
    found = [_phase_item(account, each) for each in wish["items"]]
    return blanks.made(
        blanks.PHASE,
        **known,
        currency=account.store.get("price", found[0]["price"])["currency"],
        start_date=begins,
        end_date=ends,
        items=found,
        metadata=merged({}, wish.get("metadata")),
    )


def _phase_item(account, wish):
    price = items.sellable(account, wish.get("price"), "phases[items][price]")
    if lines.is_metered(price) and "quantity" in wish:
        raise invalid("You cannot set the quantity of a metered price.", "phases[items][quantity]")
    made = {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": merged({}, wish.get("metadata")),
        "plan": price["id"],
        "price": price["id"],
        "tax_rates": [],
    }
    if not lines.is_metered(price):
        made["quantity"] = wish.get("quantity", 1)
    return made


def update(account, params, id_):
    found = _open(account, id_)
    subscription = account.store.get("subscription", found["subscription"])
    for name in ("end_behavior",):
        found[name] = params.get(name, found[name])
    if "metadata" in params:
        found["metadata"] = merged(found["metadata"], params["metadata"])
    if "phases" in params:
        found["phases"] = _phases(account, found, params["phases"])
        current = found["phases"][0]
        found["current_phase"] = {name: current[name] for name in ("start_date", "end_date")}
        _take_prices(account, subscription, current, params.get("proration_behavior"))
        _plan_the_end(account, found, subscription)
    account.tell("subscription_schedule.updated", found)
    return found


def _phases(account, found, wishes):
    begins = found["current_phase"]["start_date"]
    if wishes[0].get("start_date", begins) != begins:
        raise invalid("You can not modify the start date of the current phase.", "phases[0][start_date]")  # fmt: skip
    made = []
    for number, wish in enumerate(wishes):
        if wish.get("start_date", begins) != begins:
            raise invalid("Phases must follow one another without a gap.", f"phases[{number}][start_date]")  # fmt: skip
        ends = _ends_at(wish, begins, number)
        made.append(_phase(account, wish, begins, ends))
        begins = ends
    return made


def _ends_at(wish, begins, number):
    if isinstance(wish.get("end_date"), int):
        if wish["end_date"] <= begins:
            raise invalid("The end date of a phase must be after its start.", f"phases[{number}][end_date]")  # fmt: skip
        return wish["end_date"]
    duration = wish.get("duration") or {"interval": "month"}
    return boundary(begins, 1, duration["interval"], duration.get("interval_count", 1))


def _open(account, id_):
    found = account.store.get("subscription_schedule", id_)
    if found["status"] not in OPEN:
        raise invalid(f"You cannot change a subscription schedule that is {found['status']}.")
    return found


def _plan_the_end(account, found, subscription):
    """A schedule that ends with the subscription says so on it."""
    ends_at = found["phases"][-1]["end_date"] if found["end_behavior"] == "cancel" else None
    lives.changed(account, subscription, cancel_at=ends_at)


def _take_prices(account, subscription, phase, how):
    """The subscription with the phase's prices; items keep their ids where they can."""
    wishes = _wishes(account, subscription, phase)
    if wishes:
        how = how or phase["proration_behavior"]
        changing.change(account, subscription, {"items": wishes, "proration_behavior": how})


def _wishes(account, subscription, phase):
    new = {each["price"]: each for each in phase["items"]}
    old = {each["price"]["id"]: each for each in subscription["items"]["data"]}
    wishes = [
        {"id": old[price]["id"], **_quantity(new[price])}
        for price in new
        if price in old and new[price].get("quantity") != old[price].get("quantity")
    ]
    coming = [new[price] for price in new if price not in old]
    for price in (price for price in old if price not in new):
        is_metered = lines.is_metered(old[price]["price"])
        same = [each for each in coming if lines.is_metered(account.store.get("price", each["price"])) == is_metered]  # fmt: skip
        if same:
            coming.remove(same[0])
            wishes.append({"id": old[price]["id"], "price": same[0]["price"], **_quantity(same[0])})
        else:
            wishes.append({"id": old[price]["id"], "deleted": True})
    return wishes + [{"price": each["price"], **_quantity(each)} for each in coming]


def _quantity(each):
    return {"quantity": each["quantity"]} if "quantity" in each else {}


# -- time


def due(account, subscription):
    """`(at, act)` of the phase's end, or None."""
    found = account.store.find(subscription["schedule"]) if subscription["schedule"] else None
    if found is None or found["status"] != "active":
        return None
    return found["current_phase"]["end_date"], lambda: _next_phase(account, found, subscription)


def _next_phase(account, found, subscription):
    at = found["current_phase"]["end_date"]
    coming = next((each for each in found["phases"] if each["start_date"] == at), None)
    if coming is None:
        return _over(account, found, subscription)
    found["current_phase"] = {name: coming[name] for name in ("start_date", "end_date")}
    _take_prices(account, subscription, coming, None)
    return account.tell("subscription_schedule.updated", found)


def _over(account, found, subscription):
    if found["end_behavior"] == "cancel":
        found.update(status="completed", completed_at=account.now(found), current_phase=None)
        account.tell("subscription_schedule.completed", found)
        return ending.end(account, subscription, "cancellation_requested")
    return _released(account, found, subscription)


def _released(account, found, subscription):
    found.update(
        status="released",
        released_at=account.now(found),
        released_subscription=subscription["id"],
        subscription=None,
        current_phase=None,
    )
    lives.changed(account, subscription, schedule=None)
    account.tell("subscription_schedule.released", found)
    return found


def release(account, params, id_):
    found = _open(account, id_)
    subscription = account.store.get("subscription", found["subscription"])
    if not params.get("preserve_cancel_date"):
        lives.changed(account, subscription, cancel_at=None)
    return _released(account, found, subscription)


def cancel(account, params, id_):
    """Ends the subscription too, at once."""
    found = _open(account, id_)
    ending.end(account, account.store.get("subscription", found["subscription"]), "cancellation_requested")  # fmt: skip
    return found


def retrieve(account, params, id_):
    return account.store.get("subscription_schedule", id_)


def listed(account, params):
    wanted = {"customer": params["customer"]} if "customer" in params else {}
    return page(account.store.all("subscription_schedule", **wanted), params, "/v1/subscription_schedules")  # fmt: skip


ROUTES = {
    ("POST", "/v1/subscription_schedules"): (create, "SubscriptionScheduleCreateParams"),
    ("GET", "/v1/subscription_schedules"): (listed, "SubscriptionScheduleListParams"),
    ("GET", "/v1/subscription_schedules/{id}"): (retrieve, "SubscriptionScheduleRetrieveParams"),
    ("POST", "/v1/subscription_schedules/{id}"): (update, "SubscriptionScheduleUpdateParams"),
    ("POST", "/v1/subscription_schedules/{id}/release"): (release, "SubscriptionScheduleReleaseParams"),
    ("POST", "/v1/subscription_schedules/{id}/cancel"): (cancel, "SubscriptionScheduleCancelParams"),
}  # fmt: skip
