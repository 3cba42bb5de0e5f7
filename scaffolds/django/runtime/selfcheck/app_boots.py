"""Does the app come up, let every role in, and answer every page?"""

import time

from selfcheck.world import OWNER, address, module_of

READY_S = 30
SLOW_MS = 2000
MADE_UP = {
    "uidb64": "MQ",
    "token": "none-such",
    "name": "none/such/file.txt",
    "secret": "none-such",
    "transition": "none-such",
    "object_id": "1",
    "content_type_id": "1",
    "url": "none-such",
    "app_label": "none",
    "path": "none",
    "pk": "1",
    "id": "1",
    "key": "none-such",
    "prefix": "none",
}


def wait_until_healthy(world, check):
    browser, started = world.nobody(), time.monotonic()
    while time.monotonic() - started < READY_S:
        reply = browser.get("/healthz")
        if reply.ok:
            check.facts["ready_ms"] = round((time.monotonic() - started) * 1000)
            return
        time.sleep(0.05)
    raise RuntimeError(f"/healthz never answered 200 within {READY_S} s (last {reply.status})")


def boots(world, check):
    wait_until_healthy(world, check)
    for role in world.roles:
        world.person(role)
        check.count("roles")
        for route in world.routes:
            if role == OWNER or route["business"] or route["name"] == "home":
                visit(world, check, role, route)
    times = sorted(ms for browser in world.browsers() for ms in browser.times)
    check.facts["requests"] = len(times)
    check.facts["p95_ms"] = round(times[int(len(times) * 0.95)])
    check.facts["slowest_ms"] = round(times[-1])


def visit(world, check, role, route):
    model = world.model(route["model"])
    ids = world.rows(model, world.ours, 1) if model else []
    path = address(route, MADE_UP | ({"pk": ids[0]} if ids else {}))
    if path is None or skipped(route):
        return
    reply = world.person(role).get(path)
    check.count("routes" if role == OWNER else "visits")
    module = module_of(route, model)
    if reply.status >= 500:
        check.find(
            "route-500", f"GET {route['route']} answers {reply.status} to {role}", module=module
        )
    elif reply.ms > SLOW_MS:
        check.find(
            "slow-route", f"GET {route['route']} takes longer than {SLOW_MS} ms", module=module
        )
    elif role == OWNER and route["business"] and ids and reply.status not in (200, 405):
        check.find(
            "route-lost", f"GET {route['route']} answers {reply.status} to the owner", module=module
        )


def skipped(route):
    """Pages that end the visit, or that are Django's own and written for its admin."""
    return route["name"] in {"accounts:sign_out", "admin:logout"} or route["route"].startswith(
        "admin/"
    )
