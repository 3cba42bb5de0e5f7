"""Meters: what is counted, and what was reported to have been used.

In: meter events. Out: totals of a customer between two moments. Callers: `routes.py`; invoices ask `total`. The surprise: an
event is taken first and understood later: whose customer or meter nobody knows is told of in a thin event, not refused.
`settings["meter_lag_s"]`: how long it takes until something reported is counted, as at Stripe.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from tests.stripe_server.meter_errors import tell_error
from tests.stripe_server.wire import invalid, page

PAST_MAX_S = 35 * 24 * 3600
FUTURE_MAX_S = 5 * 60
UNIQUE_S = 24 * 3600
WINDOWS_S = {None: 60, "hour": 3600, "day": 24 * 3600}


def create(account, params):
    name = params["event_name"]
    if account.store.all("billing.meter", event_name=name, status="active"):
        raise invalid(f"An active meter with event name '{name}' already exists.", "event_name")
    made = account.new(
        "billing.meter",
        "mtr",
        customer_mapping=params.get("customer_mapping")
        or {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        default_aggregation=params["default_aggregation"],
        display_name=params["display_name"],
        event_name=name,
        event_time_window=params.get("event_time_window"),
        status="active",
        status_transitions={"deactivated_at": None},
        updated=account.now(),
        value_settings=params.get("value_settings") or {"event_payload_key": "value"},
    )
    account.tell("billing.meter.created", made)
    return made


def retrieve(account, params, id_):
    return account.store.get("billing.meter", id_)


def update(account, params, id_):
    found = account.store.get("billing.meter", id_)
    if params.get("display_name", found["display_name"]) != found["display_name"]:
        before = {"display_name": found["display_name"], "updated": found["updated"]}
        found.update(display_name=params["display_name"], updated=account.now())
        account.tell("billing.meter.updated", found, previous=before)
    return found


def deactivate(account, params, id_):
    return _switched(account, id_, "inactive", account.now(), "billing.meter.deactivated")


def reactivate(account, params, id_):
    return _switched(account, id_, "active", None, "billing.meter.reactivated")


def _switched(account, id_, status, deactivated_at, kind):
    found = account.store.get("billing.meter", id_)
    if found["status"] == status:
        raise invalid(f"The meter {id_} is already {status}.")
    found.update(status=status, updated=account.now())
    found["status_transitions"] = {"deactivated_at": deactivated_at}
    account.tell(kind, found)
    return found


def listed(account, params):
    wanted = {"status": params["status"]} if "status" in params else {}
    return page(account.store.all("billing.meter", **wanted), params, "/v1/billing/meters")


def report(account, params):
    """Takes one event. Refuses an identifier of the last 24 hours and a time that is too far away."""
    identifier = params.get("identifier") or account.store.new_id("idmp")
    id_ = f"_meter_event_{account.store.is_live}_{identifier}"
    known = account.store.find(id_)
    if known and known["_reported_at"] > account.now() - UNIQUE_S:
        raise invalid(f"An event already exists with identifier {identifier}.")
    if known:
        account.store.remove(id_)
        account.store.add({**known, "id": account.store.new_id("_meter_event")})
    customer = _customer(account, params)
    now = account.now(customer)
    timestamp = params.get("timestamp", now)
    if timestamp < now - PAST_MAX_S:
        raise invalid("The timestamp must be within the past 35 calendar days.", "timestamp", "timestamp_too_far_in_past")  # fmt: skip
    if timestamp > now + FUTURE_MAX_S:
        raise invalid("The timestamp must be at most 5 minutes in the future.", "timestamp", "timestamp_in_future")  # fmt: skip
    made = {
        "id": id_,
        "object": "_meter_event",
        "created": now,
        "event_name": params["event_name"],
        "identifier": identifier,
        "livemode": account.store.is_live,
        "payload": params["payload"],
        "timestamp": timestamp,
        "_reported_at": account.now(),
    }
    made["_counts"] = _understood(account, made, customer)
    account.store.add(made)
    names = ("created", "event_name", "identifier", "livemode", "payload", "timestamp")
    return {"object": "billing.meter_event", **{name: made[name] for name in names}}


def total(account, meter, customer_id, since, until):
    """What it counted of this customer, `since` inclusive, `until` exclusive."""
    counted = [
        each
        for each in account.store.all("_meter_event", event_name=meter["event_name"])
        if each["_counts"]
        and each["payload"].get(meter["customer_mapping"]["event_payload_key"]) == customer_id
        and since <= each["timestamp"] < until
        and each["_reported_at"] + account.settings.get("meter_lag_s", 0) <= account.now()
    ]
    values = [
        Decimal(each["payload"].get(meter["value_settings"]["event_payload_key"], "1"))
        for each in sorted(counted, key=lambda each: each["timestamp"])
    ]
    formula = meter["default_aggregation"]["formula"]
    if formula == "count":
        return Decimal(len(values))
    if formula == "last":
        return values[-1] if values else Decimal(0)
    return sum(values, Decimal(0))


def summaries(account, params, id_):
    meter = account.store.get("billing.meter", id_)
    account.store.get("customer", params["customer"], "customer")
    step = WINDOWS_S[params.get("value_grouping_window")]
    start, end = params["start_time"], params["end_time"]
    for name, value in (("start_time", start), ("end_time", end)):
        if value % step:
            raise invalid(f"{name} must be aligned with {'minute' if step == 60 else params['value_grouping_window']} boundaries.", name)  # fmt: skip
    if end <= start:
        raise invalid("end_time must be after start_time.", "end_time")
    length = step if params.get("value_grouping_window") else end - start
    found = [
        {
            "id": f"mtrusg_{meter['id'][4:]}{begin}",
            "object": "billing.meter_event_summary",
            "aggregated_value": float(
                total(account, meter, params["customer"], begin, begin + length)
            ),
            "end_time": begin + length,
            "livemode": account.store.is_live,
            "meter": id_,
            "start_time": begin,
            "created": begin,
        }
        for begin in range(start, end, length)
    ]
    found = [each for each in found if each["aggregated_value"]]
    shown = page(found, params, f"/v1/billing/meters/{id_}/event_summaries")
    for each in shown["data"]:
        del each["created"]
    return shown


def _customer(account, params):
    """Whom it is about, None when nobody can say."""
    meters = account.store.all("billing.meter", event_name=params["event_name"])
    key = meters[0]["customer_mapping"]["event_payload_key"] if meters else "stripe_customer_id"
    found = account.store.find(params["payload"].get(key, ""))
    return found if found and found["object"] == "customer" and not found.get("deleted") else None


def _understood(account, event, customer):
    """Whether it counts; if not, it is told why."""
    meters = account.store.all("billing.meter", event_name=event["event_name"])
    active = [each for each in meters if each["status"] == "active"]
    if not active:
        tell_error(account, meters[0] if meters else None, event, "archived_meter" if meters else "no_meter")  # fmt: skip
        return False
    code = _fault(active[0], event["payload"], customer)
    if code:
        tell_error(account, active[0], event, code)
    return code is None


def _fault(meter, payload, customer):
    if meter["customer_mapping"]["event_payload_key"] not in payload:
        return "meter_event_no_customer_defined"
    if customer is None:
        return "meter_event_customer_not_found"
    if meter["default_aggregation"]["formula"] == "count":
        return None
    value = payload.get(meter["value_settings"]["event_payload_key"])
    try:
        digits = Decimal(value).as_tuple()
    except (InvalidOperation, TypeError):
        return "meter_event_invalid_value"
    return "meter_event_value_too_many_digits" if len(digits.digits) > 15 else None


ROUTES = {
    ("POST", "/v1/billing/meters"): (create, "billing.MeterCreateParams"),
    ("GET", "/v1/billing/meters"): (listed, "billing.MeterListParams"),
    ("GET", "/v1/billing/meters/{id}"): (retrieve, "billing.MeterRetrieveParams"),
    ("POST", "/v1/billing/meters/{id}"): (update, "billing.MeterUpdateParams"),
    ("POST", "/v1/billing/meters/{id}/deactivate"): (deactivate, "billing.MeterDeactivateParams"),
    ("POST", "/v1/billing/meters/{id}/reactivate"): (reactivate, "billing.MeterReactivateParams"),
    ("GET", "/v1/billing/meters/{id}/event_summaries"): (
        summaries,
        "billing.MeterListEventSummariesParams",
    ),
    ("POST", "/v1/billing/meter_events"): (report, "billing.MeterEventCreateParams"),
}
