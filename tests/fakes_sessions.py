"""What sessions stand on, in memory: keys, standings, the session table. Real code, as in `fakes.py`."""

from __future__ import annotations

import json
import time

from chalicelib.identity.keys import parse
from infra.identity_keys import made


def identity_keys(*, now_s=None):
    """The keys of a new installation."""
    return parse(json.dumps(made(int(time.time() if now_s is None else now_s))))
