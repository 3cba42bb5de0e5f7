"""State size and history of a run with 40 modules that needs all three rounds, in moto's strict interpreter."""

from __future__ import annotations

from collections.abc import Iterable

from bench.rows import Row
from tests.stepfunctions import test_limits as limits
from tests.stepfunctions.lambdas import RUN, Lambdas, in_turn, verdict
from tests.stepfunctions.machine import machine


def measure() -> Iterable[Row]:
    def again(_event: object) -> object:
        return verdict("again", tuple(limits.MODULES))

    lambdas = Lambdas(limits.MODULES, Decide=in_turn(again, again, lambda _: verdict("deploy")))
    with machine(lambdas) as run:
        done = run(RUN)
    yield Row(
        what="largest state, 40 modules × 3 rounds",
        ours=max(done.largest_payload, limits.variables_bytes(lambdas)),
        unit="B",
        target="≤ 64 KiB",
    )
    yield Row(
        what="history, 40 modules × 3 rounds",
        ours=len(done.events),
        unit="events",
        target="≤ 5,000",
    )
