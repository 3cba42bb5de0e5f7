"""Child: do the files of the business layer compile, and do any hold a secret? Imports none of them."""

import json
from pathlib import Path

from selfcheck.results import Pipe, business_place
from selfcheck.secret_shapes import secrets_in

READABLE = {".py", ".html", ".json", ".md", ".txt", ".toml", ".yaml", ".yml"}
ROOT = Path(__file__).resolve().parent.parent / "business"


def compiles(check):
    for path in sorted(ROOT.rglob("*")):
        if path.suffix not in {".py", ".json"}:
            continue
        check.count("files")
        try:
            text = path.read_text(encoding="utf-8")
            compile(text, str(path), "exec") if path.suffix == ".py" else json.loads(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            check.find(
                "syntax", f"{type(error).__name__}: {error}", **business_place(str(path), line)
            )


def secrets(check):
    for path in sorted(ROOT.rglob("*")):
        if path.suffix in READABLE and path.is_file():
            check.count("files")
            for line, what in secrets_in(path.read_text(encoding="utf-8", errors="replace")):
                check.find("secret", f"this looks like {what}", **business_place(str(path), line))


if __name__ == "__main__":
    pipe = Pipe()
    with pipe.check("source.compiles") as check:
        compiles(check)
    with pipe.check("source.secrets") as check:
        secrets(check)
