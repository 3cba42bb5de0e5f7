"""`python -m infra.local up | down | status [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from infra.local.place import CannotStart, Place, read_place


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local", description="The laptop's cloud."
    )
    parser.add_argument("command", choices=("up", "down", "status"))
    parser.add_argument("--json", action="store_true", help="status as JSON")
    chosen = parser.parse_args()
    try:
        return run(chosen.command, read_place(), as_json=chosen.json)
    except CannotStart as fault:
        print(fault, file=sys.stderr)
        return 1


def run(command: str, place: Place, *, as_json: bool) -> int:
    from infra.local import stack

    if command == "up":
        stack.up(place, say)
    elif command == "down":
        stack.down(place, say)
    else:
        state = stack.status(place)
        print(json.dumps(state, indent=2) if as_json else told(state))
        return 0 if state["up"] else 3
    return 0


def say(line: str) -> None:
    print(line, flush=True)


def told(state: dict[str, Any]) -> str:
    lines = [f"{'up' if state['up'] else 'not up'}  {state['url']}  ({state['home']})"]
    for name, each in state["processes"].items():
        condition = "runs" if each["running"] else "does not run"
        if each["running"] and not each["answers"]:
            condition = "does not answer"
        lines.append(
            f"  {name:<11} {condition:<16} pid {each['pid'] or '-':<8} port {each['port'] or '-'}"
        )
    for app in state["apps"]:
        health = "healthy" if app["healthy"] else app["fault"] or "starting"
        lines.append(
            f"  app {app['app']:<20} {app['url']:<24} {health} (restarts: {app['restarts']})"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
