"""Who may ask: secret keys for everything, restricted ones for what they were given, of test mode or of live mode.

In: `{"sk_test_…": None, "rk_test_…": {"customers": "write", "events": "read"}}`, what is asked. Out: whether in live mode.
Callers: `doing.py`. The surprise: a restricted key names resources as paths do (`billing/meters`), not as the dashboard does.
"""

from __future__ import annotations

from tests.stripe_server.wire import Refused


def admitted(keys, asked):
    """Raises 401 for a key that is none, 403 for one that may not."""
    if not asked.key:
        raise Refused(401, "invalid_request_error", "You did not provide an API key.")
    if asked.key not in keys:
        hidden = f"{asked.key[:8]}{'*' * 8}{asked.key[-4:]}"
        raise Refused(401, "invalid_request_error", f"Invalid API Key provided: {hidden}")
    rights = keys[asked.key]
    if rights is not None and not _may(rights, asked):
        message = f"The provided key '{asked.key[:8]}…' does not have the required permissions for this endpoint."
        raise Refused(403, "invalid_request_error", message)
    return "_live_" in asked.key


def _may(rights, asked):
    wanted = "read" if asked.method == "GET" else "write"
    path = asked.path.split("/", 2)[2]
    return any(
        (path == name or path.startswith(f"{name}/")) and right in (wanted, "write")
        for name, right in rights.items()
    )
