"""Putting an organization's apps to rest while it owes money, and waking them when it has paid.

In: names of services. Out: nothing. Callers: the job `billing`. The surprise: nothing is taken away. Service, route,
database and secrets stay, so a waking app is the one that went to rest; and everything may be done again, so whoever was
interrupted begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chalicelib.deployment.ports import ContainerServices
from chalicelib.errors import Unavailable


@dataclass(frozen=True, kw_only=True)
class Resting:
    """What the billing room needs of this one: `billing/stepping.py: Apps`. Slugs are the services' names."""

    containers: ContainerServices

    def rest(self, slugs: Iterable[str]) -> None:
        each(slugs, self.containers.rest)

    def wake(self, slugs: Iterable[str]) -> None:
        each(slugs, self.containers.wake)


def each(slugs: Iterable[str], do: Callable[[str], None]) -> None:
    """All of them, then the first that the world was too busy for: one of them keeps no other from its turn."""
    busy: list[Unavailable] = []
    for slug in slugs:
        try:
            do(slug)
        except Unavailable as error:
            busy.append(error)
    if busy:
        raise busy[0]
