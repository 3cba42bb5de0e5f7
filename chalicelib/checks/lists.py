"""Every closed list that the static rules use, in one place to review.

In: nothing. Out: frozen sets of words. Callers: the rules. The surprise: a word missing from an allowlist costs a
note and another round; a word too many costs isolation. When in doubt, leave it out.
"""

from __future__ import annotations

import sys


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STDLIB_MODULES = _words("""
    __future__ collections collections.abc dataclasses datetime decimal enum functools itertools math re
    typing uuid zoneinfo
""")
DJANGO_MODULES = _words("""
    django.apps django.contrib django.contrib.admin django.contrib.messages django.contrib.postgres.constraints
    django.contrib.postgres.fields django.contrib.postgres.indexes django.core.exceptions
    django.core.paginator django.core.validators django.db django.db.migrations
    django.db.models django.db.models.constraints django.db.models.deletion django.db.models.expressions
    django.db.models.functions django.db.models.lookups django.forms django.http django.shortcuts django.urls
    django.utils django.utils.dateparse django.utils.dates django.utils.decorators django.utils.formats
    django.utils.functional django.utils.html django.utils.text django.utils.timezone django.utils.translation
    django.views.decorators.http django.views.generic
    ninja ninja.errors ninja.pagination pydantic
""")
RUNTIME_MODULES = _words("""
    workspaces.admin workspaces.constraints workspaces.demo workspaces.fields workspaces.models
    workspaces.operations workspaces.rules workspaces.workflows
    pages.forms pages.navigation pages.screens pages.tiles pages.views api.access api.entities
""")
"""What the runtime's docs/business-layer.md offers, and nothing else of it."""
NAMES_OFFERED = {
    "django.contrib": _words("admin messages"),
    "django.db": _words("IntegrityError migrations models transaction"),
    "django.utils": _words("dateparse dates formats html text timezone translation"),
    "workspaces.models": _words("TenantManager TenantModel"),
}
"""Modules of which only some names may be imported."""
TEST_MODULES = _words("workspaces.testing django.test unittest.mock")
"""For files under tests/ only."""
IDIOMS: tuple[tuple[str, str], ...] = (
    ("business/demo.py", "from pathlib import Path\n"),
    ("business/demo.py", 'Path(__file__).with_name("demo.json")'),
    ("/migrations/", "from django.conf import settings\n"),
    ("/migrations/", "settings.AUTH_USER_MODEL"),
)
"""Exact phrases that are harmless where they stand, though a rule would refuse their parts."""

SQL_NAMES = _words("""
    connection connections RawSQL RunSQL RunPython SeparateDatabaseAndState DEFAULT_DB_ALIAS
""")
HTML_NAMES = _words("mark_safe SafeString SafeText SafeData html_safe safestring")
ROUTE_NAMES = _words("csrf_exempt login_not_required")
TENANCY_NAMES = _words("Manager BaseManager unscoped all_tenants")
PROCESS_NAMES = _words("""
    os sys builtins subprocess importlib socket shutil ctypes inspect pickle marshal shelve tempfile pathlib io
    threading multiprocessing asyncio signal gc codeop pty http urllib ssl smtplib requests site runpy pkgutil
    ast dis traceback linecache atexit contextvars environ settings conf management signals dispatch
    get_model get_models import_string import_module authenticate login logout
""")
EVALUATING_NAMES = _words("""
    get_type_hints ForwardRef NamedTuple TypedDict make_dataclass singledispatch singledispatchmethod
    create_model TypeAdapter ImportString validate_call attrgetter methodcaller
""")
"""They evaluate text as Python, import by a text, or reach attributes that no syntax shows."""
EVERYDAY_WORDS = _words("""
    calendar code copy email html json profile queue select statistics string symbol test time token trace
""")
OTHER_MODULES = (
    frozenset(sys.stdlib_module_names)
    - {name.split(".")[0] for name in STDLIB_MODULES}
    - EVERYDAY_WORDS
)
"""Allowed modules import others for themselves: `from django.utils.text import gzip`."""
FORBIDDEN_IMPORT_NAMES = (
    SQL_NAMES
    | HTML_NAMES
    | ROUTE_NAMES
    | TENANCY_NAMES
    | PROCESS_NAMES
    | EVALUATING_NAMES
    | OTHER_MODULES
)
"""Never imported by name, never reached through an imported name."""

FORBIDDEN_CALLS = _words("""
    eval exec compile __import__ globals locals vars dir open input breakpoint print memoryview exit quit
    delattr setattr
""")
CALLED_ONLY = _words("getattr hasattr type")
"""Under another name, or handed to `reduce` or `map`, nobody could see what they reach."""
SQL_ATTRIBUTES = _words("""
    cursor execute executemany RawSQL RunSQL RunPython schema_editor connection connections as_sql as_postgresql
""")
SQL_METHODS = _words("raw extra using")
"""Forbidden when called; fine as names of fields."""
TENANCY_ATTRIBUTES = _words("""
    _base_manager _raw_delete _default_manager unscoped all_tenants base_manager_name default_manager_name
    current_tenant_id set_config use_base_manager
""")
DUNDERS_TO_DEFINE = _words("""
    __init__ __str__ __repr__ __eq__ __hash__ __len__ __iter__ __contains__ __lt__ __post_init__ __call__
""")
DUNDERS_TO_READ = _words("__init__ __str__ __name__ __doc__ __all__")
SQL_EXPRESSIONS = _words("Func Lookup Transform Aggregate Expression Value Field BaseExpression")
"""Classes of `models` that business code may use but not derive from."""
NAMED_IN_SQL = _words("db_table db_column db_tablespace")
WRITTEN_IN_SQL = _words("template function arg_joiner")
"""What an expression of the database is made of."""
SQL_FUNCTIONS = _words("int4range int8range daterange tstzrange")
"""For constraints. Any other is a class of `django.db.models.functions`; `set_config` would change the workspace."""
TYPES_WITH_PARTS = _words("""
    list dict tuple set frozenset type List Dict Tuple Set Optional Union Annotated ClassVar Final Type Required
""")

MIGRATION_OPERATIONS = _words("""
    CreateModel DeleteModel RenameModel AlterModelOptions AddField RemoveField AlterField RenameField
    AddConstraint RemoveConstraint AlterConstraint AddIndex RemoveIndex RenameIndex swappable_dependency
""")

TEMPLATE_LIBRARIES = _words("i18n l10n humanize static pages")
TEMPLATE_BLOCKS = _words("""
    block for if with blocktranslate blocktrans comment ifchanged filter spaceless localize
""")
TEMPLATE_TAGS = _words("""
    extends include load url csrf_token empty else elif translate trans cycle now firstof querystring
    widthratio regroup plural static
""")
TEMPLATE_FILTERS = _words("""
    add capfirst cut date default default_if_none dictsort divisibleby escape filesizeformat first floatformat
    force_escape intcomma join json_script last length linebreaks linebreaksbr linenumbers ljust localize lower
    pluralize rjust slice slugify stringformat striptags time timesince timeuntil title truncatechars
    truncatewords unlocalize upper urlencode urlize wordcount yesno naturaltime naturalday
""")
FORBIDDEN_TAGS = _words("ssi debug autoescape verbatim templatetag")
