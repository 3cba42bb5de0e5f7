"""Defective modules, as an engine might hand them in: careless, mistaken, or talked into it."""

from tests.seeded_defects.defect import STATIC
from tests.seeded_defects.engine_work import GAP_RULE, GAP_TEST, LOST, OWED, PATHS, Work

RULES, TESTS = "rules.py", "tests/test_rules.py"
REFUSE = "from django.core.exceptions import ValidationError\n\n\n"


def elsewhere(id: str, what: str, path: str, text: str = "# as it should be\n") -> Work:
    return Work(id=id, what=what, gate=PATHS, rule="ForbiddenPath", files={path: text})


def lost(id: str, what: str, module: str, path: str, old: str, new: str) -> Work:
    return Work(id=id, what=what, module=module, gate=LOST, rule="kept", swaps=((path, old, new),))


def code(id: str, what: str, rule: str, text: str) -> Work:
    return Work(id=id, what=what, module="estimate", gate=STATIC, rule=rule, code=text)


def screen(id: str, what: str, rule: str, text: str, block: str = "lead") -> Work:
    html = f"{{% extends 'pages/detail.html' %}}{{% block {block} %}}{text}{{% endblock %}}\n"
    files = {"templates/estimate/detail.html": html}
    return Work(id=id, what=what, module="estimate", gate=STATIC, rule=rule, files=files)


REFUSED = (
    elsewhere("engine-no-policy", "missing policy: its own migration, without row level security", "migrations/0001_initial.py"),
    elsewhere("engine-permissions", "wrong role: a table of permissions of its own", "business/permissions.py"),
    elsewhere("engine-idor", "IDOR: a page that looks a row up in all workspaces", "views.py"),
    elsewhere("engine-dead-route", "dead route: its own addresses", "urls.py"),
    elsewhere("engine-overlap", "overlap rule gone from the model", "models.py"),
    elsewhere("engine-open-api", "an API route of its own", "api.py"),
    elsewhere("engine-other-module", "another module's rules", "business/patient/rules.py"),
    elsewhere("engine-other-template", "another module's screen", "business/patient/templates/patient/list.html"),
    elsewhere("engine-extra-file", "a helper module nobody asked for", "helpers.py"),
    elsewhere("engine-other-tests", "a file of tests in place of the compiled ones", "tests/test_appointment.py"),
    lost("engine-rule-dropped", "missing requirement: a compiled rule left out", "payment", RULES,
         '    Range("amount", minimum=Decimal("0.01"), message="Un cobro es siempre mayor que cero."),\n', ""),
    lost("engine-rule-loosened", "a compiled rule with a wider bound", "estimate", RULES, "maximum=60000", "maximum=6000000"),
    lost("engine-rules-cleared", "the list of rules emptied below it", "patient", RULES, "]\n", "]\nRULES.clear()\n"),
    lost("engine-rules-replaced", "a second list of rules, which is the one that counts", "patient", RULES, "]\n", "]\nRULES = []\n"),
    lost("engine-test-weakened", "a compiled test that asserts less", "patient", TESTS, 'self.assertIn(rule, self.broken_rules(is_minor=True, guardian=""))', "self.assertTrue(rule)"),
    lost("engine-test-skipped", "a compiled test that returns at once", "patient", TESTS, '        rule = "Un menor', '        return\n        rule = "Un menor'),
    lost("engine-load-tests", "a hook that hides the tests", "patient", TESTS, "class PatientRuleTests", "def load_tests(*given):\n    return None\n\n\nclass PatientRuleTests"),
    lost("engine-helper-blind", "a test's helper that finds nothing wrong", "patient", TESTS, "return error.messages", "return []"),
    Work(id="engine-no-test", what="missing requirement: the rule to be coded has no test", owes=True, gate=OWED, rule="owed", code=GAP_RULE, entry="ten_minutes_between"),
    Work(id="engine-nothing-written", what="missing requirement: the rule to be coded is not there at all", owes=True, gate=OWED, rule="owed"),
    Work(id="engine-test-without-assertion", what="its test asserts nothing", owes=True, gate=OWED, rule="owed", code=GAP_RULE, entry="ten_minutes_between", test="def test_ten_minutes_between(self):\n    self.make(Appointment)\n"),
    code("engine-swallowed", "swallowed error: everything is passed over", "swallowed-error", "def rule(row):\n    try:\n        return row.total\n    except Exception:\n        return None"),
    code("engine-refusal-swallowed", "swallowed error: a refusal that nobody hears", "swallowed-error", REFUSE + "def rule(row):\n    try:\n        row.clean()\n    except ValidationError:\n        return"),
    code("engine-workspace", "hard-coded tenant: a rule for one workspace", "fixed-workspace", "def rule(row):\n    return row.tenant_id != 1"),
    code("engine-workspace-id", "hard-coded tenant: its id as a text", "fixed-workspace", "OURS = '8c5a1f0e-9d6b-4c35-8a5e-0f4f2f6f0a11'"),
    code("engine-workspace-filter", "a query that names the workspace itself", "fixed-workspace", "def rule(row):\n    return type(row).objects.filter(tenant__name='Sonrisa')"),
    code("engine-float", "float money: a tax as a float", "float", "def rule(row):\n    return row.amount * 1.21"),
    code("engine-float-call", "float money: an amount made a float", "float", "def rule(row):\n    return float(row.amount) > 60000"),
    code("engine-naive-now", "naive datetime: now without a zone", "naive-datetime", "from datetime import datetime\n\n\ndef rule(row):\n    return datetime.now()"),
    code("engine-naive-today", "naive datetime: the server's day instead of the workspace's", "naive-datetime", "from datetime import date\n\n\ndef rule(row):\n    return row.issued_on > date.today()"),
    code("engine-n-plus-1", "N+1: a query for each row", "query-in-loop", "def rule(row):\n    from business.payment.models import Payment\n\n    return [Payment.objects.filter(estimate=one).count() for one in type(row).objects.all()]"),
    code("engine-base-manager", "IDOR: rows of all workspaces", "tenancy-escape", "def rule(row):\n    return type(row)._base_manager.count()"),
    code("engine-raw-sql", "SQL put together from a text", "raw-sql", "def rule(row):\n    return type(row).objects.raw('select 1 where ' + row.number)"),
    code("engine-environment", "reading the environment", "forbidden-import", "import os\n\nURL = os.environ['DATABASE_URL']"),
    code("engine-network", "a call to elsewhere", "forbidden-import", "from urllib.request import urlopen"),
    code("engine-secret", "a credential in the code", "secret", "API_TOKEN = 'x9Kq2Lm8Rt5Vb3Nz7Wp1'"),
    code("engine-eval", "a formula evaluated as Python", "forbidden-call", "def rule(row):\n    return eval(row.number)"),
    code("engine-patched", "the runtime changed from inside", "patching", "import datetime\n\n\ndef rule(row):\n    datetime.timedelta.days = 1"),
    code("engine-mark-safe", "unescaped output: a text marked as safe", "forbidden-import", "from django.utils.safestring import mark_safe"),
    screen("engine-safe", "unescaped output: `|safe` on a field", "unsafe-html", "{{ object.number|safe }}"),
    screen("engine-autoescape", "unescaped output: escaping switched off", "template-tag", "{% autoescape off %}{{ object.number }}{% endautoescape %}"),
    screen("engine-script", "a script in a screen", "unsafe-markup", "<script>go()</script>"),
    screen("engine-handler", "an event handler", "unsafe-markup", "<b onclick='go()'>x</b>"),
    screen("engine-form", "a form without its CSRF token", "csrf", "<form method='post'><button>x</button></form>"),
    screen("engine-related", "wrong role: rows the reader may not see, on a page they may", "related-rows", "{% for one in object.payments.all %}{{ one.amount }}{% endfor %}"),
    screen("engine-related-count", "N+1: a count for each row of a list", "related-rows", "{{ object.payments.count }}"),
    screen("engine-address", "dead route: an address written by hand", "fixed-address", '<a href="/presupuestos/viejos/">x</a>'),
)  # fmt: skip

RUN = (
    Work(id="engine-crash", what="a rule that breaks on an unfinished row", module="payment", gate="app.tests", rule="test",
         code=REFUSE + "def has_an_estimate(row):\n    if row.estimate.number == '':\n        raise ValidationError('El presupuesto no tiene número.')", entry="has_an_estimate"),
    Work(id="engine-dead-link", what="dead route: a link to a page there isn't", module="chair", gate="app.boots", rule="route-500",
         files={"templates/chair/detail.html": "{% extends 'pages/detail.html' %}{% block lead %}<a href=\"{% url 'chair:nowhere' %}\">x</a>{% endblock %}\n"}),
    Work(id="engine-own-test-fails", what="a test of its own that fails", module="patient", gate="app.tests", rule="test",
         test="def test_more(self):\n    self.assertEqual(self.make(Patient).full_name, 'nobody')\n"),
    Work(id="engine-counts-itself", what="overlap rule wrong: a row is too near to itself when it is saved again", gate="app.tests", rule="test", owes=True,
         code=GAP_RULE.replace(".exclude(pk=row.pk)", ""), entry="ten_minutes_between", test=GAP_TEST.replace("    first.full_clean()\n", "")),
    Work(id="engine-template-broken", what="a screen that does not compile", module="treatment", gate="source.templates", rule="template",
         files={"templates/treatment/detail.html": "{% extends 'pages/detail.html' %}{% block lead %}{% if object.price == %}x{% endif %}{% endblock %}\n"}),
    Work(id="engine-empty-list", what="a list that shows no rows", module="practitioner", gate="isolation.ui_attack", rule="blind-list",
         files={"templates/practitioner/list.html": "{% extends 'pages/list.html' %}{% block row %}{% endblock %}\n"}),
)  # fmt: skip

STRICT = (
    Work(id="engine-too-strict", what="a rule that refuses what the business allows", module="estimate", gate="app.tests", rule="not-run", is_blamed=False,
         code=REFUSE + "def rule(row):\n    raise ValidationError('No.')", entry="rule"),
)  # fmt: skip

UNSEEN = (
    Work(id="engine-border", what="overlap rule wrong: ends that touch the agreed gap are refused, and its test looks elsewhere", owes=True, gate="app.tests", rule="test",
         code=GAP_RULE.replace("__lt=", "__lte=").replace("__gt=", "__gte="), entry="ten_minutes_between",
         test=GAP_TEST.replace("minutes=10)}", "minutes=40)}"),
         missed="code and test agree with each other, not with the sentence; the reviewer compares them with it"),
    Work(id="engine-counts-rejected", what="overlap rule wrong: rows count that shouldn't, and its test does not try them", module="estimate", gate="app.tests", rule="test",
         code=REFUSE + "def one_open(row):\n    if row.patient_id and type(row).objects.filter(patient_id=row.patient_id).exclude(pk=row.pk).exists():\n        raise ValidationError('Ya hay un presupuesto abierto.')",
         entry="one_open", test="def test_one_open(self):\n    first = self.make(Estimate)\n    self.assertIn('Ya hay un presupuesto abierto.', self.broken_rules(patient=first.patient))\n",
         missed="the same: nobody tried a rejected one; the reviewer reads the sentence"),
    Work(id="engine-never-refuses", what="missing requirement: a rule that refuses nothing, with a test that can't fail", module="treatment", gate="app.tests", rule="test",
         code="def rule(row):\n    return row.price", entry="rule",
         test="def test_rule(self):\n    self.assertNotIn('Nunca.', self.broken_rules())\n",
         missed="it is executed and passes; the reviewer sees that no row is refused in it"),
)  # fmt: skip

ENGINE_GROUPS = {
    "engine": (RUN, ("migrate", "inside", "prepare", "over_http", "business_tests")),
    "engine-strict": (STRICT, ("migrate", "inside", "prepare", "business_tests")),
    "engine-unseen": (UNSEEN, ("migrate", "inside", "prepare", "business_tests")),
}
"""Works that don't hide each other, and the children that look at them in one run."""
