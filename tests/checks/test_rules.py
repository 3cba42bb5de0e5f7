"""The static rules, both ways: each refuses what it is there for, and leaves ordinary code alone."""

import re
import time
from pathlib import Path

import pytest

from chalicelib.checks.lists import RUNTIME_MODULES
from chalicelib.checks.rules import source_findings

MODULES = ("patient", "appointment")


def rules_broken(path: str, text: str) -> set[str]:
    return {finding.rule for finding in source_findings({path: text}, MODULES)}


FORBIDDEN_PYTHON = [
    ("raw-sql", "Patient.objects.raw('select 1')"),
    ("raw-sql", "Patient.objects.extra(where=['1=1'])"),
    ("raw-sql", "Patient.objects.using('other').all()"),
    ("raw-sql", "x.connection.cursor()"),
    ("raw-sql", "migrations.RunSQL('drop table x')"),
    ("raw-sql", "migrations.RunPython(f)"),
    ("raw-sql", "models.expressions.RawSQL('1', [])"),
    ("raw-sql", "models.Func('name', template='%(x)s; drop table y')"),
    ("raw-sql", "models.Func('name', function='a(b)')"),
    ("raw-sql", "class Sneaky(models.Func):\n    pass"),
    ("raw-sql", "class Meta:\n    db_table = 'x\" where true; --'"),
    ("raw-sql", "def as_sql(self, compiler): pass"),
    ("raw-sql", "a.save(using='other')"),
    ("forbidden-call", "eval('1')"),
    ("forbidden-call", "exec('1')"),
    ("forbidden-call", "compile('1', 'x', 'exec')"),
    ("forbidden-call", "open('/etc/passwd')"),
    ("forbidden-call", "f = open"),
    ("forbidden-call", "globals()['x']"),
    ("forbidden-call", "breakpoint()"),
    ("forbidden-call", "getattr(x, name)"),
    ("forbidden-call", "getattr(x, '__class__')"),
    ("forbidden-call", "getattr(x, '_base_manager')"),
    ("forbidden-call", "setattr(x, 'y', 1)"),
    ("forbidden-call", "__import__('os')"),
    ("forbidden-import", "import os"),
    ("forbidden-import", "import subprocess as s"),
    ("forbidden-import", "import socket"),
    ("forbidden-import", "import pickle"),
    ("forbidden-import", "from os import environ"),
    ("forbidden-import", "from django.db import connection"),
    ("forbidden-import", "from django.conf import settings"),
    ("forbidden-import", "from django.core.management import call_command"),
    ("forbidden-import", "from django.utils.safestring import mark_safe"),
    ("forbidden-import", "from django.db.models import *"),
    ("forbidden-import", "from django.db.models import Manager"),
    ("forbidden-import", "import datetime\ndatetime.sys.modules"),
    ("forbidden-import", "from typing import sys"),
    ("forbidden-import", "from .... import config"),
    ("forbidden-import", "from config.settings import SECRET_KEY"),
    ("forbidden-import", "from workspaces.models import Workspace"),
    ("forbidden-import", "from workspaces.tenancy import anything"),
    ("forbidden-import", "from unittest.mock import patch"),
    ("forbidden-import", "from business.patient import _private"),
    ("dunder", "x.__class__.__mro__"),
    ("dunder", "__builtins__"),
    ("dunder", "def __getattr__(self, name): pass"),
    ("dunder", "'{0.__class__}'.format(x)"),
    ("dunder", "text.format(x)"),
    ("dunder", "f = '{0.__class__}'.format"),
    ("dunder", "'{0.__class__}'.format_map(x)"),
    ("dunder", "str.format('{0.__class__}', x)"),
    ("dunder", "format_html('{0.__class__}', x)"),
    ("dunder", "class A(metaclass=B): pass"),
    ("unsafe-html", "mark_safe(x)"),
    ("unsafe-html", "class A:\n    def __html__(self): return 'x'"),
    ("unsafe-html", "format_html(text)"),
    ("open-route", "@csrf_exempt\ndef view(request): pass"),
    ("open-route", "@decorators.login_not_required\ndef view(request): pass"),
    ("open-route", "router = Router(auth=None)"),
    ("tenancy-escape", "Patient._base_manager.all()"),
    ("tenancy-escape", "Patient.objects.unscoped()"),
    ("tenancy-escape", "class Meta:\n    base_manager_name = 'objects'"),
    ("patching", "from workspaces.models import TenantModel\nTenantModel.objects = None"),
    ("patching", "from django.db import models\nmodels.Model.save = None"),
    ("encoding", "# -*- coding: utf-7 -*-\nx = 1"),
    ("invisible", "x = '\u202eabc'"),
    ("syntax", "def f(:"),
    ("syntax", "x = " + "(" * 5000 + ")" * 5000),
    ("secret", "KEY = 'AKIAIOSFODNN7EXAMPLQ'"),
    ("secret", "api_token = 'x9Kq2Lm8Rt5Vb3Nz7Wp1'"),
    ("secret", "url = 'postgres://app:hunter22@db/app'"),
    ("secret", "KEY = '-----BEGIN PRIVATE KEY-----'"),
]  # fmt: skip


WAYS_AROUND = [
    "fetch = getattr\nfetch(request, '__cl' + 'ass__')\n",
    "import functools\nfunctools.reduce(getattr, ['__init__', '__glo' + 'bals__'], Patient)\n",
    "import collections\ncollections._sys.modules['os'].system('id')\n",
    "from django.utils.text import gzip\ngzip.open('/etc/passwd')\n",
    "from django.utils.html import json\njson.codecs.open('/etc/passwd')\n",
    "import typing\ntyping.operator.attrgetter('__class__')\n",
    "from django.db.models.functions import Lower\nclass Mine(Lower):\n    template = 'select 1'\n",
    "class Mine(models.Count):\n    function = 'pg_sleep'\n",
    "models.Func(models.Value('app.current_tenant_id'), function='set_config')\n",
    "models.Func(models.F('a'), **{'template': 'select 1'})\n",
    "type('Mine', (models.Func,), {'template': 'select 1'})\n",
    "class Out(Schema):\n    x: \"__import__('os').system('id')\"\n",
    "def f(x: \"list[__import__('os')]\"): ...\n",
    "Row = list[\"__import__('os').system('id')\"]\n",
    "from pydantic import ImportString, TypeAdapter\nTypeAdapter(ImportString)\n",
    "from pydantic import create_model\ncreate_model('X', x=('evil()', ...))\n",
    "import typing\ntyping.get_type_hints(f)\n",
    "m = Patient.objects.raw\nm('select 1')\n",
    "m = Patient.objects.all().extra\nm(select={})\n",
    "from django.db import models\n[0 for models.Q in [1]]\n",
    "match row:\n    case object(__class__=found): pass\n",
]
"""Each of them once passed."""


@pytest.mark.parametrize("text", WAYS_AROUND)
def test_ways_around_the_rules_are_closed(text: str) -> None:
    assert rules_broken("business/patient/views.py", text) & {
        *("forbidden-call", "forbidden-import", "raw-sql", "dunder", "patching")
    }


@pytest.mark.parametrize(
    "text",
    [
        "class Out(Schema):\n    state: Literal['on hold', 'done']\n    parent: 'Patient'\n",
        "def f(row: Patient | None, by: 'models.Model') -> list['Patient']: ...\n",
        "class Mine(ListPage):\n    template = 'patient/list.html'\n",
        "class Mine(TenantModel):\n    type = models.TextField()\n    function = models.TextField()\n",
        "names = {type(row) for row in rows}\nlabel = labels['two words']\n",
    ],
)
def test_what_only_looks_like_a_way_around_passes(text: str) -> None:
    assert rules_broken("business/patient/views.py", text) == set()


@pytest.mark.parametrize(("rule", "text"), FORBIDDEN_PYTHON)
def test_python_that_escapes_is_refused(rule: str, text: str) -> None:
    assert rule in rules_broken("business/patient/views.py", text)


ORDINARY_PYTHON = [
    "from django.db import models\n\nfrom workspaces.models import TenantModel\n",
    "from business.patient.models import Patient\n",
    "from .models import Patient\nfrom . import views\n",
    "from datetime import date, time, timedelta\nimport datetime\ndatetime.timedelta(days=1)\n",
    "from django.utils.translation import gettext_lazy as _\nlabel = _('Name')\n",
    "class A:\n    def __str__(self):\n        return self.name\n",
    "class A:\n    def __init__(self):\n        super().__init__()\n",
    "class A(models.Model):\n    class Meta:\n        db_table = 'patients'\n",
    "models.Func('a', function='int8range')\n",
    "class A(models.TextChoices):\n    X = 'x', 'X'\n",
    "getattr(self, 'price')\n",
    "class Rule:\n    def __call__(self, row):\n        return row.name\n",
    "password_help = 'Choose a long password please'\n",
    "raw = 1\nextra = 2\nself.extra = 3\n",
    "formset = forms.inlineformset_factory(A, B, extra=0)\n",
    "name = 'select * from dual, said the customer'\n",
    "'día {} y 100 %'.format(1)\n",
]


@pytest.mark.parametrize("text", ORDINARY_PYTHON)
def test_ordinary_python_passes(text: str) -> None:
    assert rules_broken("business/patient/views.py", text) == set()


FORBIDDEN_TEMPLATES = [
    ("unsafe-html", "{{ name|safe }}"),
    ("unsafe-html", "{{ names|default:'x'|safeseq }}"),
    ("unsafe-html", "{% load pages %}{% for x in y|safe %}{% endfor %}"),
    ("template-tag", "{% autoescape off %}{{ x }}{% endautoescape %}"),
    ("template-tag", "{% debug %}"),
    ("template-tag", "{% ssi '/etc/passwd' %}"),
    ("template-tag", "{% unknown %}"),
    ("template-load", "{% load evil %}"),
    ("template-load", "{% load thing from evil %}"),
    ("template-dynamic", "{% include name %}"),
    ("template-dynamic", "{% extends parent %}"),
    ("template-filter", "{{ x|evil }}"),
    ("template-syntax", "{% if x %}"),
    ("template-syntax", "{% if x %}{% endfor %}{% endif %}"),
    ("unsafe-markup", "<script>alert(1)</script>"),
    ("unsafe-markup", "<script src='https://evil.example/x.js'></script>"),
    ("unsafe-markup", "<p onclick='x()'>x</p>"),
    ("unsafe-markup", "<a href='javascript:x()'>x</a>"),
    ("unsafe-markup", "<iframe src='/x'></iframe>"),
    ("unsafe-markup", "<img src=\"//evil.example/a.png\">"),
    ("unsafe-markup", "<img alt='>' onerror='x()'>"),
    ("unsafe-markup", "<svg/onload=x()>"),
    ("unsafe-markup", "<img src='/a.png'onerror=x()>"),
    ("unsafe-markup", "<p \" onclick=x() \">x</p>"),
    ("unsafe-markup", "<img alt=\"a > b\" src=\"https://evil.example/a.png\">"),
    ("unsafe-markup", "<img src='/\\evil.example/a.png'>"),
    ("unsafe-markup", "<img src='&#104;ttps://evil.example/a.png'>"),
    ("unsafe-markup", "<img srcset='/a.png 1x, https://evil.example/b.png 2x'>"),
    ("unsafe-markup", "<video poster=https://evil.example/a.png></video>"),
    ("unsafe-markup", "<button formaction=\"https://evil.example/\">x</button>"),
    ("unsafe-markup", "<p style=\"color: red; background: url(https://evil.example/a)\">x</p>"),
    ("unsafe-markup", "<p style='background: u\\72l(//evil.example/a)'>x</p>"),
    ("unsafe-markup", "<a title={{ name }}>x</a>"),
    ("csrf", "<form method='post'><button>x</button></form>"),
    ("secret", "<p>sk_live_0123456789abcdefABCDEF</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), FORBIDDEN_TEMPLATES)
def test_templates_that_escape_are_refused(rule: str, text: str) -> None:
    assert rule in rules_broken("business/patient/templates/patient/list.html", text)


ORDINARY_TEMPLATES = [
    "{% extends 'pages/list.html' %}{% load pages i18n %}{% block row %}{{ object|value:'name' }}{% endblock row %}",
    "{% if a %}x{% elif b %}y{% else %}z{% endif %}{% for a in b %}{% empty %}{% endfor %}",
    "<form method=\"post\">{% csrf_token %}<button class=\"btn\">{% translate 'Save' %}</button></form>",
    "{# {% debug %} is only talked about #}<a href=\"{% url 'patient:list' %}\">{{ n|floatformat:2 }}</a>",
    "{{ a|default:'x|safe' }}",
    "<p class=\"once\">Son = 3</p>",
    "<img src=\"{{ object.photo.url }}\" srcset=\"/a.png 1x, /b.png 2x\"><p style=\"width: 40%\">x</p>",
    "<form action=\"?a=1&b=2\"><button formaction=\"{% url 'patient:list' %}\">x</button></form>",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY_TEMPLATES)
def test_ordinary_templates_pass(text: str) -> None:
    assert rules_broken("business/patient/templates/patient/list.html", text) == set()


@pytest.mark.parametrize(
    "path",
    [
        "manage.py",
        "config/settings.py",
        "business/../config/settings.py",
        "/etc/passwd",
        "business/patient/../../x.py",
        "business/ghost/models.py",
        "business/patient/evil.so",
        "business/patient/templates/pages/base.html",
        "business/patient/management/commands/x.py",
        "business/templates/pages/base.html",
        "business/patient/migrations/evil.py",
        "business/sitecustomize.pth",
        "business\\patient\\models.py",
        "business/Patient/models.py",
        "business/patient/models.py\n",
    ],
)
def test_files_elsewhere_are_refused(path: str) -> None:
    assert "forbidden-path" in rules_broken(path, "")


@pytest.mark.parametrize(
    "path",
    [
        "business/__init__.py",
        "business/app.py",
        "business/patient/models.py",
        "business/patient/tests/test_rules.py",
        "business/patient/templates/patient/list.html",
        "business/patient/migrations/__init__.py",
    ],
)
def test_files_of_the_business_layer_are_allowed(path: str) -> None:
    assert "forbidden-path" not in rules_broken(path, "")


MIGRATION = """
from django.conf import settings
from django.db import migrations, models
from workspaces.operations import TenantIsolation


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(name="Patient", fields=[("id", models.BigAutoField(primary_key=True))]),
        TenantIsolation("patient"),
    ]
"""


def test_a_migration_of_known_operations_passes() -> None:
    assert rules_broken("business/patient/migrations/0001_initial.py", MIGRATION) == set()


@pytest.mark.parametrize(
    "line",
    [
        "        migrations.RunSQL('select 1'),\n    ]",
        "        migrations.SeparateDatabaseAndState(),\n    ]",
        "        migrations.AlterModelManagers('x', []),\n    ]",
        "    ]\n    def apply(self): pass",
    ],
)
def test_a_migration_with_code_of_its_own_is_refused(line: str) -> None:
    text = MIGRATION.rstrip().removesuffix("]").rstrip() + "\n" + line + "\n"
    assert "migration" in rules_broken("business/patient/migrations/0001_initial.py", text)


def test_settings_are_for_migrations_only() -> None:
    text = "from django.conf import settings\nsettings.AUTH_USER_MODEL\n"
    assert "forbidden-import" in rules_broken("business/patient/models.py", text)


def test_demo_data_is_read_from_beside_the_loader_and_nowhere_else() -> None:
    text = "from pathlib import Path\nload_rows(w, Path(__file__).with_name(\"demo.json\"))\n"  # fmt: skip
    assert rules_broken("business/demo.py", text) == set()
    assert rules_broken("business/demo.py", text + "Path('/etc/passwd')\n") == set()
    assert "forbidden-import" in rules_broken("business/patient/views.py", text)


def test_json_that_does_not_parse_is_refused() -> None:
    assert "json" in rules_broken("business/demo.json", "{")


def test_a_file_that_is_too_large_is_refused() -> None:
    assert "too-large" in rules_broken("business/patient/rules.py", "#" * 300_000)


def test_a_finding_says_where_and_in_which_module() -> None:
    tree = {"business/patient/rules.py": "x = 1\ny = eval('x')\n"}
    (finding,) = source_findings(tree, MODULES)
    assert (finding.module, finding.file, finding.line) == ("patient", "business/patient/rules.py", 2)  # fmt: skip


OFFER = Path(__file__).resolve().parents[2] / "scaffolds/django/runtime/docs/business-layer.md"


def test_what_the_runtime_offers_may_be_imported() -> None:
    packages = "api|audit|pages|workspaces"
    offered = set(re.findall(rf"(?:from|import) ((?:{packages})\.\w+)", OFFER.read_text(encoding="utf-8")))  # fmt: skip
    assert offered - {"workspaces.testing"} <= RUNTIME_MODULES


@pytest.mark.parametrize(
    "piece",
    ["<a ", '<a "', "<a x='", "\"' ", "<p style=/ ", "<script ", "<form ", "javascript ", "{% "],
)
def test_no_template_takes_long_to_judge(piece: str) -> None:
    for text in (piece * (250_000 // len(piece)), f"{piece * 1000}\n" * (250 // len(piece))):
        began = time.process_time()
        rules_broken("business/patient/templates/patient/list.html", text)
        assert time.process_time() - began < 5
