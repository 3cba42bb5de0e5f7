"""The last step before generated code runs: fewer rights, limited resources, then the command itself.

In: one JSON argument. Out: this process becomes the command. Callers: `container_host`, with the base interpreter and no
packages. The surprise: it runs in a process of its own because limits set between fork and exec can hang a threaded host.
"""

import json
import os
import resource
import sys

plan = json.loads(sys.argv[1])
for name, value in plan["limits"].items():
    number = getattr(resource, name, None)
    if number is not None:
        try:
            _, hard = resource.getrlimit(number)
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(number, (most, most))
        except (ValueError, OSError) as fault:
            sys.stderr.write(f"no limit {name}: {fault}\n")
os.umask(0o077)
if plan["uid"] is not None:
    try:
        os.setgroups([])
        os.setgid(plan["uid"])
        os.setuid(plan["uid"])
    except OSError as fault:
        sys.stderr.write(f"stays user {os.getuid()}: {fault}\n")
os.chdir(plan["folder"])
os.execv(plan["command"][0], plan["command"])
