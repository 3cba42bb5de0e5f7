"""What the emulator starts for each Lambda worker: asks the fork server for one, or starts it the plain way.

This file is put into the local code zip; `bootstrap` beside it names the interpreter.
In: the Lambda runtime's environment. Callers: the emulator. The surprise: it imports next to nothing, because it runs
for as long as its worker does, only to hold the line.
"""

import json
import os
import socket
import sys

handler = os.environ["_HANDLER"]
os.environ.pop("PYTHONPATH", None)  # the emulator's own
door = os.environ.get("FRAGUA_FORK_SERVER", "")
line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
try:
    line.connect(door)
except OSError:
    os.execv(sys.executable, [sys.executable, "-m", "awslambdaric", handler])
request = {"handler": handler, "folder": os.getcwd(), "environment": dict(os.environ)}
socket.send_fds(line, [json.dumps(request).encode() + b"\n"], [1, 2])
os.close(1)
os.close(2)
line.recv(1)
