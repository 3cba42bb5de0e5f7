"""The double by itself, for a local stack: `python -m tests.stripe_server --port 12111 --state FILE --webhook URL`."""

from __future__ import annotations

import argparse
import threading

from tests.stripe_server.server import KEY, Server


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--state", help="a file that keeps what there is")
    parser.add_argument("--webhook", help="where everything that happens is told")
    parser.add_argument("--webhook-secret", help="several with commas: each signs")
    parser.add_argument("--api-key", default=KEY)
    wanted = parser.parse_args()
    with Server(
        port=wanted.port,
        state=wanted.state,
        keys={wanted.api_key: None},
        webhook=wanted.webhook,
        webhook_secret=wanted.webhook_secret,
    ) as server:
        print(f"{server.url} answers to the key {server.key}", flush=True)
        threading.Event().wait()


main()
