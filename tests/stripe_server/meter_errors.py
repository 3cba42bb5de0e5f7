"""What Stripe tells, later, of meter events that it took and could not count: thin events of its v2 API.

In: a meter event, why it does not count. Out: `v1.billing.meter.error_report_triggered`, or `…no_meter_found` where no meter
has the name. Callers: `meters.py`. The surprise: what is sent refers to the meter alone; the reasons are in what is fetched.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tests.stripe_server.events import tell_thin

SAYS = {
    "archived_meter": "The meter is inactive.",
    "no_meter": "No meter found for event name {event_name}.",
    "meter_event_no_customer_defined": "No customer mapping key found in the payload.",
    "meter_event_customer_not_found": "No customer found for the given customer mapping.",
    "meter_event_invalid_value": "The value of the meter event is invalid.",
    "meter_event_value_too_many_digits": "The value of the meter event has too many digits.",
}


def tell_error(account, meter, event, code):
    kind = "v1.billing.meter.no_meter_found"
    related = None
    if meter is not None:
        kind = "v1.billing.meter.error_report_triggered"
        url = f"/v1/billing/meters/{meter['id']}"
        related = {"id": meter["id"], "type": "billing.meter", "url": url}
    return tell_thin(account, kind, related, _data(event, code))


def _data(event, code):
    said = SAYS[code].format(**event)
    at = datetime.fromtimestamp(event["_reported_at"], UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    sample = {"error_message": said, "request": {"identifier": event["identifier"]}}
    return {
        "developer_message_summary": "There is 1 invalid event",
        "reason": {
            "error_count": 1,
            "error_types": [{"code": code, "error_count": 1, "sample_errors": [sample]}],
        },
        "validation_end": at,
        "validation_start": at,
    }
