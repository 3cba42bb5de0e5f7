"""Compile of a five-entity app, as a whole process, against copier with a template set of the same files.

The peer's templates are made from our own output: every file stands in the set with the app's and the entities' names
as variables, so copier renders the same number of files and bytes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from bench.rows import Row, command, paired_medians
from chalicelib.generation.scaffold import compile_app
from chalicelib.mvs.reading import read_mvs

EXAMPLE = "examples/clinica-dental.yaml"
DELIMITERS = """_templates_suffix: .jinja
_envops:
  variable_start_string: "<<"
  variable_end_string: ">>"
  block_start_string: "<%%"
  block_end_string: "%%>"
  comment_start_string: "<##"
  comment_end_string: "##>"
"""
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
        what=f"compile {EXAMPLE} (7 entities, {files} files), whole process",
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
    questions = "".join(f"{name}:\n  type: str\n  default: {key}\n" for name, key in names.items())
    (folder / "copier.yml").write_text(DELIMITERS + questions)
    for path, text in tree.items():
        target = folder / f"{path}.jinja"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_with_variables(text, names))
    return len(tree)


def _with_variables(text: str, names: dict[str, str]) -> str:
    for name, key in names.items():
        text = text.replace(key, f"<< {name} >>")
    return text
