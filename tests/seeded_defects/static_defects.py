"""Defects that the platform must refuse before anything of the app is executed."""

from tests.seeded_defects.defect import STATIC, Change, Defect

VIEWS = "business/patient/views.py"
MODELS = "business/patient/models.py"
MIGRATION = "business/patient/migrations/0001_initial.py"
LIST = "business/patient/templates/patient/list.html"


def static(id: str, what: str, rule: str, *changes: Change, module: str | None = "patient") -> Defect:  # fmt: skip
    return Defect(id, what, STATIC, rule, module, changes)


def view(code: str) -> Change:
    return Change(VIEWS, f"\n\n{code}\n")


def template(code: str) -> Change:
    return Change(LIST, "{% extends 'pages/list.html' %}{% block lead %}" + code + "{% endblock %}")


STATIC_DEFECTS = (
    static("raw-query", "a raw SQL query in a view", "raw-sql", view("ALL = Patient.objects.raw('select * from patient_patient')")),
    static("cursor", "a database cursor", "forbidden-import", view("from django.db import connection\nCURSOR = connection.cursor()")),
    static("extra", "SQL through `extra`", "raw-sql", view("ALL = Patient.objects.extra(where=['true'])")),
    static("other-connection", "the owner's database connection", "raw-sql", view("ALL = Patient.objects.using('owner')")),
    static("run-sql", "a migration that drops the policy", "migration", Change(MIGRATION, 'migrations.RunSQL("drop policy tenant_isolation on patient_patient"),\n        TenantIsolation("patient"),', 'TenantIsolation("patient"),')),
    static("run-python", "a migration with code of its own", "migration", Change(MIGRATION, "\n\ndef forwards(apps, schema_editor):\n    pass\n")),
    static("eval", "`eval` of what a person typed", "forbidden-call", view("def total(request):\n    return eval(request.GET['sum'])")),
    static("environment", "reading the environment", "forbidden-import", view("import os\nKEY = os.environ['DATABASE_URL']")),
    static("settings", "reading the secret key", "forbidden-import", view("from django.conf import settings\nKEY = settings.SECRET_KEY")),
    static("subprocess", "starting a process", "forbidden-import", view("import subprocess\nsubprocess.run(['id'])")),
    static("socket", "a connection to elsewhere", "forbidden-import", view("from urllib.request import urlopen\nurlopen('http://example.org')")),
    static("pickle", "unpickling", "forbidden-import", view("import pickle\nROW = pickle.loads(b'')")),
    static("dunder", "climbing through Python's internals", "dunder", view("ALL = ().__class__.__base__.__subclasses__()")),
    static("hidden-getattr", "the same through getattr", "forbidden-call", view("NAME = '__cla' + 'ss__'\nALL = getattr((), NAME)")),
    static("through-module", "`os` reached through an allowed module", "forbidden-import", view("import datetime\nKEY = datetime.sys.modules['os'].environ")),
    static("coding", "code hidden by another file encoding", "encoding", Change("business/patient/extra.py", "# coding: utf-7\nX = 1\n")),
    static("monkey-patch", "changing the runtime from outside", "patching", view("from workspaces.models import TenantModel\nTenantModel.clean = None")),
    static("base-manager", "a query around the workspace's manager", "tenancy-escape", view("ALL = Patient._base_manager.all()")),
    static("plain-manager", "`objects` without a workspace", "forbidden-import", Change(MODELS, "from django.db.models import Manager\n")),
    static("table-name", "SQL smuggled into a table name", "raw-sql", Change(MODELS, '    class Meta:\n        db_table = \'x" where true; --\'', "    class Meta:")),
    static("csrf-exempt", "a form without CSRF protection", "open-route", view("from django.utils.decorators import method_decorator\n\n\n@csrf_exempt\ndef save(request):\n    pass")),
    static("sign-in-not-required", "a page that needs no sign-in", "forbidden-import", view("from django.contrib.auth.decorators import login_not_required")),
    static("api-without-auth", "an API route that needs no sign-in", "open-route", Change("business/patient/api.py", "\n\n@router.get('/all', auth=None)\ndef everything(request):\n    return []\n")),
    static("mark-safe", "HTML marked as safe", "forbidden-import", view("from django.utils.safestring import mark_safe")),
    static("safe-filter", "`|safe` in a template", "unsafe-html", template("{{ request.GET.q|safe }}")),
    static("autoescape-off", "a template without escaping", "template-tag", template("{% autoescape off %}{{ request.GET.q }}{% endautoescape %}")),
    static("inline-script", "a script in a template", "unsafe-markup", template("<script>alert(1)</script>")),
    static("event-handler", "an event handler attribute", "unsafe-markup", template('<p onmouseover="x()">x</p>')),
    static("unquoted", "a value in an attribute without quotes", "unsafe-markup", template("<a title={{ request.GET.q }}>x</a>")),
    static("form-elsewhere", "a form that posts to another site", "unsafe-markup", template('<form action="https://example.org/"></form>')),
    static("no-csrf-token", "a form that posts without a CSRF token", "csrf", template('<form method="post"><button>x</button></form>')),
    static("unclosed-block", "a template block that is never closed", "template-syntax", template("{% if a %}")),
    static("secret", "a hard-coded secret", "secret", view("API_TOKEN = 'x9Kq2Lm8Rt5Vb3Nz7Wp1'")),
    static("syntax", "a syntax error", "syntax", view("def broken(:")),
    static("json", "demo data that is not JSON", "json", Change("business/demo.json", "]"), module=None),
    static("settings-file", "a file that replaces the settings", "forbidden-path", Change("config/settings.py", "DEBUG = True\n"), module=None),
    static("startup-file", "a file that Python runs at start", "forbidden-path", Change("sitecustomize.py", "import os\n"), module=None),
    static("other-modules-template", "a template over another module's", "forbidden-path", Change("business/patient/templates/pages/base.html", "x"), module=None),
)  # fmt: skip
