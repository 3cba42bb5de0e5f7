"""What the service allows, measured on a 40-module app that needs all three rounds."""

from __future__ import annotations

from tests.stepfunctions.lambdas import RUN, Lambdas, in_turn, verdict
from tests.stepfunctions.machine import machine

STATE_BYTES_MAX = 64 * 1024
HISTORY_EVENTS_MAX = 5_000
MODULES = [f"a_module_with_a_rather_long_name_{number:02d}" for number in range(40)]


def test_forty_modules_three_times_over_stay_within_the_limits():
    again = lambda event: verdict("again", tuple(MODULES))  # noqa: E731
    lambdas = Lambdas(MODULES, Decide=in_turn(again, again, lambda event: verdict("deploy")))
    with machine(lambdas) as run:
        done = run(RUN)
    assert done.status == "SUCCEEDED"
    assert len(lambdas.called("GenerateModule")) == 120
    print(f"largest state {done.largest_payload} bytes, history {len(done.events)} events")
    assert done.largest_payload <= STATE_BYTES_MAX
    assert len(done.events) <= HISTORY_EVENTS_MAX
    assert variables_bytes(lambdas) <= STATE_BYTES_MAX


def variables_bytes(lambdas):
    """All variables of an execution share one budget; every event a Lambda got is made of them."""
    return max(len(str(event).encode()) for _, event in lambdas.calls) + len(str(MODULES))
