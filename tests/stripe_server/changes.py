"""Stripe's ways to change a field: `""` unsets, metadata is merged key by key, an event names what was before.

In: an object, parameters. Out: the object changed, what was different. Callers: each resource.
"""

from __future__ import annotations


def merged(metadata, wanted):
    """`""` for all of it empties it, for one key removes that key."""
    if wanted == "":
        return {}
    after = {**metadata, **(wanted or {})}
    return {name: value for name, value in after.items() if value != ""}


def change(found, params, names):
    """Sets what is given of `names` and of metadata; answers what it was before, of what is different now."""
    before = {}
    for name in names:
        if name in params:
            before[name], found[name] = (
                found.get(name),
                params[name] if params[name] != "" else None,
            )
    if "metadata" in params:
        before["metadata"] = found["metadata"]
        found["metadata"] = merged(found["metadata"], params["metadata"])
    return {name: value for name, value in before.items() if found[name] != value}
