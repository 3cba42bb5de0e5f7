"""Compile of a five-entity app, as a whole process, against copier with a template set of the same files.

The peer's templates are made from our own output: every file stands in the set with the app's and the entities' names
as variables, so copier renders the same number of files and bytes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from bench.rows import Row, command, paired_medians
from chalicelib.generation.scaffold import compile_app
from chalicelib.mvs.reading import read_mvs

EXAMPLE = "examples/clinica-dental.yaml"
OURS = f"""
import yaml, pathlib
from chalicelib.mvs.reading import read_mvs
from chalicelib.generation.scaffold import compile_app
tree = compile_app(read_mvs(yaml.safe_load(pathlib.Path({EXAMPLE!r}).read_text())))
import tempfile
out = pathlib.Path(tempfile.mkdtemp())
for path, text in tree.items():
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    (out / path).write_text(text)
"""


def measure() -> Iterable[Row]:
    with tempfile.TemporaryDirectory() as folder:
        template, out = Path(folder, "template"), Path(folder, "out")
        files = _write_template_set(template)
        copier = command(
            str(Path(sys.executable).parent / "copier"), "copy", "--defaults", "--overwrite", "--quiet", str(template), str(out),
        )  # fmt: skip
        ours, theirs = paired_medians(command(sys.executable, "-c", OURS), copier)
    yield Row(
        what=f"compile {EXAMPLE} ({files} files), whole process",
        ours=ours,
        unit="s",
        peer="copier, the same files as templates",
        theirs=theirs,
        target="< 1.3 s",
    )


def _write_template_set(folder: Path) -> int:
    mvs = read_mvs(yaml.safe_load(Path(EXAMPLE).read_text()))
    tree = compile_app(mvs)
    names = {f"name_{index}": entity.key for index, entity in enumerate(mvs.entities)}
    folder.mkdir(parents=True)
    (folder / "copier.yml").write_text(
        "_templates_suffix: .jinja\n"
        + "".join(f"{variable}:\n  type: str\n  default: {json.dumps(key)}\n" for variable, key in names.items())
    )  # fmt: skip
    for path, text in tree.items():
        target = folder / f"{path}.jinja"
        target.parent.mkdir(parents=True, exist_ok=True)
        safe = (
            text.replace("{{", "{{ '{{' }}").replace("{%", "{{ '{%' }}").replace("{#", "{{ '{#' }}")
        )
        for variable, key in names.items():
            safe = safe.replace(key, "{{ " + variable + " }}") if "{{ '" not in safe else safe
        target.write_text(safe)
    return len(tree)
