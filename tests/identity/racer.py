"""One of two processes that race for a token's successor; `test_session_table.py` starts it and says when.

In: lines of JSON: the identity secret, then `{"token", "at"}`. Out: a line for each: the successor or the error.
"""

import json
import sys
import time
import uuid
from datetime import UTC, datetime

from chalicelib.adapters.session_table import SessionTable
from chalicelib.errors import PlatformError
from chalicelib.identity.keys import parse
from chalicelib.identity.refreshing import refresh
from chalicelib.tenancy.origin import NOWHERE
from tests.fakes_mail import Jobs, Outbox
from tests.fakes_sessions import Standings
from tests.identity.conftest import settings_at


class Watched(SessionTable):
    rotated = False

    def rotate(self, session, *, replacing):
        self.rotated = super().rotate(session, replacing=replacing)
        return self.rotated


def say(message):
    print(json.dumps(message), flush=True)


def main():
    keys = parse(sys.stdin.readline())
    table, standings = Watched(settings_at(sys.argv[1])), Standings()
    standings.join(uuid.UUID(sys.argv[2]))
    table.read(uuid.uuid4(), uuid.uuid4())  # the connection is there before the start
    say("ready")
    for line in sys.stdin:
        asked, table.rotated = json.loads(line), False
        time.sleep(max(0, asked["at"] - time.time()))
        try:
            token = refresh(
                asked["token"],
                origin=NOWHERE,
                sessions=table,
                standings=standings,
                outbox=Outbox(),
                jobs=Jobs(),
                keys=keys,
                issuer="x",
                now=datetime.now(UTC),
            ).refresh_token
            say({"token": token, "rotated": table.rotated})
        except PlatformError as error:
            say({"token": None, "rotated": table.rotated, "error": repr(error)})


if __name__ == "__main__":
    main()
