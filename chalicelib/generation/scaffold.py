"""From the design to files: the business layer of an app, as a good Django developer would have written it.

In: `AppDesign`. Out: `SourceTree`. Callers: the stages that write modules and assemble, the bench.
The surprise: templates see plain data and the functions below, in a sandbox; every text goes through a quoting one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.generation import django_code, formula, samples
from chalicelib.generation.app_design import (
    AppDesign,
    EntityDesign,
    FieldDesign,
    ModuleDesign,
)
from chalicelib.generation.design import design
from chalicelib.generation.plan import plan
from chalicelib.generation.python_code import call, comment, docstring, html_text, py
from chalicelib.generation.source_tree import SourceTree
from chalicelib.generation.tidy import tidy
from chalicelib.mvs.spec import Mvs

TEMPLATES = Path(__file__).parents[2] / "scaffolds" / "django" / "business"
MODULE_FILES = (
    "__init__.py", "apps.py", "models.py", "rules.py", "forms.py", "views.py", "urls.py", "api.py", "admin.py",
    "migrations/__init__.py", "migrations/0001_initial.py", "tests/__init__.py", "tests/test_rules.py",
)  # fmt: skip
APP_FILES = (
    "__init__.py", "app.py", "permissions.py", "navigation.py", "dashboards.py", "urls.py", "api.py", "demo.py",
    "tests/__init__.py", "tests/test_app.py",
)  # fmt: skip
WORDS = {
    "es": {
        "rules": "Lo que debe cumplir toda fila, venga de un formulario, de la API o de un proceso.",
        "in_words": "Acordado, sin comprobar: ",
        "permissions": "Qué puede hacer cada rol. La propiedad puede todo; un rol que no se nombra, nada.",
        "demo": "Filas de ejemplo para empezar a mirar, guardadas en demo.json.",
    },
    "en": {
        "rules": "What every row must fulfil, be it from a form, the API or a job.",
        "in_words": "Agreed, not checked: ",
        "permissions": "What each role may do. Owners may do everything; a role that is not named may do nothing.",
        "demo": "Example rows for a first look, kept in demo.json.",
    },
}
WRITABLE = ("rules.py", "templates/", "tests/test_rules.py")
"""What an engine may write again inside a module; the rest follows from the design."""


def compile_app(mvs: Mvs) -> SourceTree:
    """The whole business layer, by rules alone."""
    app = design(mvs, plan(mvs))
    tree = app_files(app)
    for module in app.modules:
        tree = tree.merge(module_files(app, module))
    return tree


def app_files(app: AppDesign) -> SourceTree:
    files = {
        f"business/{name}": _render(f"app/{name}", design=app, words=WORDS[app.language])
        for name in APP_FILES
    }
    files["business/demo.json"] = _demo_json(app)
    return SourceTree(files)


def module_files(app: AppDesign, module: ModuleDesign) -> SourceTree:
    return SourceTree(dict(_module_files(app, module)))


def models(app: AppDesign) -> dict[str, str]:
    """The models of every module alone, in the order they are built: what a writer of rules looks at."""
    return {
        f"business/{module.name}/models.py": _render("module/models.py", **_facts(app, module))
        for module in app.modules
    }


def _module_files(app: AppDesign, module: ModuleDesign) -> Iterator[tuple[str, str]]:
    folder = f"business/{module.name}"
    facts = _facts(app, module)
    for name in MODULE_FILES:
        yield f"{folder}/{name}", _render(f"module/{name}", **facts)
    for entity in module.entities:
        path = f"{folder}/tests/{samples.test_file_name(entity)}"
        yield path, _render("module/tests/test_entity.py", entity=entity, **facts)
        if entity.workflow:
            path = f"{folder}/tests/{samples.workflow_test_file_name(entity)}"
            yield path, _render("module/tests/test_workflow.py", entity=entity, **facts)


def _facts(app: AppDesign, module: ModuleDesign) -> dict[str, Any]:
    fields = [(e, f) for e in module.entities for f in e.fields if f.type == "computed"]
    return {
        "design": app,
        "module": module,
        "words": WORDS[app.language],
        "rules_names": [rules_name(module, entity) for entity in module.entities],
        "class_names": [entity.class_name for entity in module.entities],
        "form_names": list(_form_names(module)),
        "moments": _moments(module),
        "imported_models": _imported_models(app, module),
        "has_rounding": any("CENT" in line for e, f in fields for line in property_body(e, f)),
    }


def _form_names(module: ModuleDesign) -> Iterator[str]:
    for entity in module.entities:
        yield f"{entity.class_name}Form"
        if entity.later_fields:
            yield f"New{entity.class_name}Form"


def _moments(module: ModuleDesign) -> dict[str, bool]:
    """Which helpers the rules' tests need."""
    entities = [e for e in module.entities if e.checked_rules or any(f.formula for f in e.fields)]
    types = {field.type for entity in entities for field in entity.fields}
    return {"dates": "date" in types, "hours": "datetime" in types}


def _imported_models(app: AppDesign, module: ModuleDesign) -> list[tuple[str, str]]:
    targets = [app.entity(f.target) for e in module.entities for f in e.fields if f.target]
    found = [(each.module, each.class_name) for each in targets if each.module != module.name]
    return list(dict.fromkeys(found))


def rules_name(module: ModuleDesign, entity: EntityDesign) -> str:
    return "RULES" if len(module.entities) == 1 else f"{entity.variable.upper()}_RULES"


def router_name(module: ModuleDesign, entity: EntityDesign) -> str:
    return "router" if len(module.entities) == 1 else f"{entity.variable}_router"


def url_name(entity: EntityDesign, name: str) -> str:
    """`appointment:list`, and for the others of a shared module `appointment:note_list`."""
    prefix = "" if entity.is_main else f"{entity.class_name.lower()}_"
    return f"{entity.module}:{prefix}{name}"


def property_body(entity: EntityDesign, field: FieldDesign) -> list[str]:
    return formula.property_body(field, {each.key: each for each in entity.fields})


def computed_type(entity: EntityDesign, field: FieldDesign) -> str:
    fields = {each.key: each for each in entity.fields}
    plain = "Decimal" if formula.is_decimal(field, fields) else "int"
    return f"{plain} | None" if formula.may_be_empty(field, fields) else plain


def title_code(entity: EntityDesign) -> str:
    """What `__str__` returns."""
    field = entity.field(entity.title)
    if field.type == "choice":
        return f"self.get_{field.name}_display()"
    if field.type in ("text", "email", "phone", "url"):
        return f"self.{field.name}"
    return f"str(self.{field.name})"


def is_deferred(app: AppDesign, entity: EntityDesign, field: FieldDesign) -> bool:
    """A reference to an entity that the same migration creates later."""
    if field.type != "reference":
        return False
    target = django_code.target_class(app, entity, field)
    return target.startswith('"') and target != py("self")


def _demo_json(app: AppDesign) -> str:
    rows = {
        django_code.label(app.entity(key)): [dict(row) for row in rows]
        for key, rows in app.demo.items()
    }
    text = json.dumps(rows, ensure_ascii=False, indent=2)
    return "".join(_in_json(letter) for letter in text) + "\n"


def _in_json(letter: str) -> str:
    """Letters as they are, what can't be seen escaped."""
    return letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1]


def _render(name: str, **facts: Any) -> str:
    text = _environment().get_template(f"{name}.jinja").render(**facts)
    return tidy(text) if name.endswith(".py") else text


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    functions = [call, comment, docstring, html_text, py, rules_name, router_name, url_name]
    functions += [property_body, computed_type, title_code, is_deferred]
    environment.globals |= {function.__name__: function for function in functions}
    for room in (django_code, samples):
        environment.globals |= {name: getattr(room, name) for name in room.FOR_TEMPLATES}
    environment.filters |= {name: environment.globals[name] for name in ("py", "transition_call")}
    return environment
