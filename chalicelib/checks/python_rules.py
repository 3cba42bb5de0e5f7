"""What business code may not say: raw SQL, dynamic code, escapes from tenancy, from escaping, from the process.

In: a parsed file. Out: findings. Callers: `rules.py`. The surprise: these rules are a fence around honest mistakes and
lazy tricks, not a sandbox; the candidate still runs with its own database role, without network and credentials.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from chalicelib.checks.findings import Finding, at
from chalicelib.checks.lists import (
    CALLED_ONLY,
    DUNDERS_TO_DEFINE,
    DUNDERS_TO_READ,
    FORBIDDEN_CALLS,
    FORBIDDEN_IMPORT_NAMES,
    HTML_NAMES,
    NAMED_IN_SQL,
    ROUTE_NAMES,
    SQL_ATTRIBUTES,
    SQL_EXPRESSIONS,
    SQL_FUNCTIONS,
    SQL_METHODS,
    TENANCY_ATTRIBUTES,
    TYPES_WITH_PARTS,
    WRITTEN_IN_SQL,
)

UNSAFE_HTML = HTML_NAMES | {"__html__"}
_PLAIN = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TEMPLATE_FILE = re.compile(r"[a-z][a-z0-9_/]{0,80}\.html")
_NAMED_TYPE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*")
_FORMAT_ESCAPE = re.compile(r"\{[^{}]*__\w+")


def python_findings(path: str, tree: ast.Module) -> Iterator[Finding]:
    imported = _imported_names(tree)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if _is_handed_on(node) and id(node) not in called:
            message = f"{ast.unparse(node)!r} may be called, but not handed on or renamed"
            yield at(path, getattr(node, "lineno", None), "forbidden-call", message)
        for rule, message in [*_faults_of(node, imported), *_types_in(node)]:
            yield at(path, getattr(node, "lineno", None), rule, message)


def _is_handed_on(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in CALLED_ONLY


def _faults_of(node: ast.AST, imported: frozenset[str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        yield from _changed(node, imported)
    if isinstance(node, ast.Attribute):
        yield from _attribute(node)
    elif isinstance(node, ast.MatchClass):
        for name in filter(_is_dunder, node.kwd_attrs):
            yield "dunder", f"{name!r} reaches into Python itself"
    elif isinstance(node, ast.Name):
        yield from _name(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _definition(node.name)
    elif isinstance(node, ast.ClassDef):
        yield from _class(node)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        yield from _assignment(node)


def _types_in(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Subscript) and _last_name(node.value) in TYPES_WITH_PARTS:
        yield from _annotation(node.slice)
    elif isinstance(node, ast.arg | ast.AnnAssign):
        yield from _annotation(node.annotation)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _annotation(node.returns)


def _attribute(node: ast.Attribute) -> Iterator[tuple[str, str]]:
    name = node.attr
    if name in TENANCY_ATTRIBUTES:
        yield "tenancy-escape", f"{name!r} sees rows of other workspaces; use the model's `objects`"
    elif name in UNSAFE_HTML:
        yield "unsafe-html", f"{name!r} switches escaping off; use templates or format_html"
    elif name in ROUTE_NAMES:
        yield "open-route", f"{name!r} takes a protection away from a route"
    elif name in SQL_ATTRIBUTES:
        yield "raw-sql", f"{name!r} reaches SQL; use the model's query methods"
    elif name in SQL_METHODS and (
        isinstance(node.value, ast.Call) or _last_name(node.value) == "objects"
    ):
        yield "raw-sql", f"'.{name}' of a query reaches SQL or another database"
    elif name in {"format", "format_map"} and not _formats_safely(node.value):
        yield "dunder", "only a constant text without dunder attributes may be formatted"
    elif _is_dunder(name) and name not in DUNDERS_TO_READ:
        yield "dunder", f"{name!r} reaches into Python itself"


def _formats_safely(text: ast.expr) -> bool:
    """`"{0.__class__}".format(x)` reads attributes that no syntax shows."""
    return (
        isinstance(text, ast.Constant)
        and isinstance(text.value, str)
        and not _FORMAT_ESCAPE.search(text.value)
    )


def _name(node: ast.Name) -> Iterator[tuple[str, str]]:
    name = node.id
    if name in UNSAFE_HTML:
        yield "unsafe-html", f"{name!r} switches escaping off"
    elif name in ROUTE_NAMES:
        yield "open-route", f"{name!r} takes a protection away from a route"
    elif isinstance(node.ctx, ast.Load) and name in FORBIDDEN_CALLS:
        yield "forbidden-call", f"{name!r} is not for business code"
    elif _is_dunder(name) and name not in DUNDERS_TO_READ:
        yield "dunder", f"{name!r} reaches into Python itself"


def _call(node: ast.Call) -> Iterator[tuple[str, str]]:
    name = _called(node)
    if name in SQL_METHODS and isinstance(node.func, ast.Attribute):
        yield "raw-sql", f"'.{name}(' reaches SQL or another database"
    if name in {"getattr", "hasattr"} and isinstance(node.func, ast.Name):
        yield from _getattr(node)
    if name in {"format_html", "gettext", "gettext_lazy", "pgettext"} and not _is_text(node, 0):
        yield "unsafe-html", f"the first argument of {name!r} must be a constant"
    elif name == "format_html" and not _formats_safely(node.args[0]):
        yield "dunder", "a format string that reads dunder attributes"
    if name == "type" and isinstance(node.func, ast.Name) and len(node.args) != 1:
        yield "dunder", "a class is declared with `class`, so that its parts can be read"
    for keyword in node.keywords:
        yield from _keyword(keyword)
        if keyword.arg is None and name in SQL_EXPRESSIONS:
            yield "raw-sql", f"the parts of {name!r} stand in the call, not in `**`"


def _getattr(node: ast.Call) -> Iterator[tuple[str, str]]:
    if not _is_text(node, 1):
        yield (
            "forbidden-call",
            "getattr with a computed name can reach anything; name the attribute",
        )
        return
    name = str(node.args[1].value)  # type: ignore[attr-defined]
    if (
        name.startswith("_")
        or name in SQL_ATTRIBUTES | SQL_METHODS | TENANCY_ATTRIBUTES | FORBIDDEN_IMPORT_NAMES
    ):
        yield "forbidden-call", f"getattr of {name!r} is a way around the other rules"


def _keyword(keyword: ast.keyword) -> Iterator[tuple[str, str]]:
    nothing = isinstance(keyword.value, ast.Constant) and keyword.value.value in (None, False)
    if keyword.arg in {"auth", "csrf", "csrf_checks"} and nothing:
        yield (
            "open-route",
            f"'{keyword.arg}={ast.unparse(keyword.value)}' opens a route to everybody",
        )
    elif (
        keyword.arg in WRITTEN_IN_SQL and getattr(keyword.value, "value", None) not in SQL_FUNCTIONS
    ):
        yield (
            "raw-sql",
            f"{keyword.arg!r} writes SQL; use the classes of django.db.models.functions",
        )
    elif keyword.arg == "using":
        yield "raw-sql", "'using=' chooses another database connection"


def _class(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        module = getattr(getattr(base, "value", None), "id", "models")
        if name in SQL_EXPRESSIONS and module == "models":
            yield "raw-sql", f"a {name!r} of one's own writes SQL; use Django's"
    if node.keywords:
        yield "dunder", "a metaclass or class keyword changes how classes are made"


def _definition(name: str) -> Iterator[tuple[str, str]]:
    if name in UNSAFE_HTML:
        yield "unsafe-html", f"{name!r} switches escaping off"
    elif name in {"as_sql", "as_postgresql"}:
        yield "raw-sql", f"{name!r} writes SQL"
    elif _is_dunder(name) and name not in DUNDERS_TO_DEFINE:
        yield "dunder", f"defining {name!r} changes how Python behaves"


def _changed(
    node: ast.Attribute | ast.Subscript, imported: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """However it is written: `=`, `del`, the target of a loop."""
    if _root(node) in imported:
        yield "patching", f"{ast.unparse(node)[:80]!r} changes code that is not yours"


def _annotation(annotation: ast.expr | None) -> Iterator[tuple[str, str]]:
    """Schemas and type hints evaluate text they find in annotations."""
    if annotation is None or (
        isinstance(annotation, ast.Subscript) and _last_name(annotation.value) == "Literal"
    ):
        return
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        if not _NAMED_TYPE.fullmatch(annotation.value):
            yield (
                "forbidden-call",
                "text in an annotation is code; only the name of a type may be quoted",
            )
        return
    if isinstance(annotation, ast.Subscript | ast.BinOp | ast.Tuple | ast.List):
        for part in ast.iter_child_nodes(annotation):
            if isinstance(part, ast.expr):
                yield from _annotation(part)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _assignment(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[tuple[str, str]]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name):
            yield from _class_attribute(target.id, node.value)


def _class_attribute(name: str, value: ast.expr | None) -> Iterator[tuple[str, str]]:
    if name in NAMED_IN_SQL and value is not None and not _is_plain(value):
        yield "raw-sql", f"{name!r} must be a plain lowercase name"
    elif name in WRITTEN_IN_SQL and not _is_no_sql(name, value):
        yield "raw-sql", f"{name!r} is what a database function is written in"
    elif name in {"base_manager_name", "default_manager_name"}:
        yield "tenancy-escape", f"{name!r} replaces the manager that keeps workspaces apart"
    elif name == "login_required" and getattr(value, "value", None) is False:
        yield "open-route", "a view without sign-in is not for business code"


def _imported_names(tree: ast.Module) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return frozenset(names)


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_text(node: ast.Call, index: int) -> bool:
    if len(node.args) <= index:
        return False
    argument = node.args[index]
    return isinstance(argument, ast.Constant) and isinstance(argument.value, str)


def _is_plain(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and bool(_PLAIN.fullmatch(str(value.value)))


def _is_no_sql(name: str, value: ast.expr | None) -> bool:
    """Or a field of the business that is called so."""
    if isinstance(value, ast.Call) and _called(value).endswith(("Field", "ForeignKey")):
        return True
    text = value.value if isinstance(value, ast.Constant) else None
    return name == "template" and isinstance(text, str) and bool(_TEMPLATE_FILE.fullmatch(text))


def _is_dunder(name: str) -> bool:
    return len(name) > 4 and name.startswith("__") and name.endswith("__")
