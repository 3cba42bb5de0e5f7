"""The server by itself, for a local stack: `python -m tests.claude_server --port 4800 --brain module:callable`."""

from __future__ import annotations

import argparse
import importlib
import threading

from tests.claude_server.server import served


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=4800)
    parser.add_argument("--brain", default="tests.claude_server.brains:engineer")
    wanted = parser.parse_args()
    module, name = wanted.brain.split(":")
    with served(getattr(importlib.import_module(module), name), port=wanted.port) as server:
        print(f"{server.url} answers to the key {server.key}", flush=True)
        threading.Event().wait()


main()
