"""What careful people don't write, both ways: each rule refuses what it is there for, and leaves careful code alone."""

import pytest

from chalicelib.checks.rules import source_findings

RULES = "business/patient/rules.py"
TEST = "business/patient/tests/test_rules.py"
PAGE = "business/patient/templates/patient/detail.html"


def rules_broken(path: str, text: str) -> set[str]:
    return {finding.rule for finding in source_findings({path: text}, ("patient",))}


CARELESS = [
    ("swallowed-error", "try:\n    f()\nexcept Exception:\n    pass\n"),
    ("swallowed-error", "try:\n    f()\nexcept:\n    total = 0\n"),
    ("swallowed-error", "try:\n    f()\nexcept (ValueError, BaseException) as e:\n    note(e)\n"),
    ("swallowed-error", "def rule(row):\n    try:\n        f(row)\n    except ValidationError:\n        return\n"),
    ("float", "def rule(row):\n    return row.price * 1.21\n"),
    ("float", "def rule(row):\n    return float(row.price) > 10\n"),
    ("float", "x = models.FloatField()\n"),
    ("naive-datetime", "from datetime import datetime\nx = datetime.now()\n"),
    ("naive-datetime", "import datetime as dt\nx = dt.datetime.utcnow()\n"),
    ("naive-datetime", "import datetime\nx = datetime.date.today()\n"),
    ("naive-datetime", "from datetime import date as day\nx = day.today()\n"),
    ("naive-datetime", "from datetime import datetime\nx = datetime(2026, 1, 1)\n"),
    ("naive-datetime", "import datetime as dt\nx = dt.datetime.combine(a, b)\n"),
    ("fixed-workspace", "def rule(row):\n    if row.tenant_id == 3:\n        raise ValidationError('x')\n"),
    ("fixed-workspace", "def rule(row):\n    if 1 == row.tenant.id == 1 or row.tenant != other:\n        return\n"),
    ("fixed-workspace", "n = Patient.objects.filter(tenant_id=1).count()\n"),
    ("fixed-workspace", "n = Patient.objects.filter(tenant__name='Sonrisa').count()\n"),
    ("fixed-workspace", "OURS = '8c5a1f0e-9d6b-4c35-8a5e-0f4f2f6f0a11'\n"),
    ("query-in-loop", "for one in rows:\n    n += Patient.objects.filter(visit=one).count()\n"),
    ("query-in-loop", "x = [Patient.objects.get(pk=one) for one in ids]\n"),
    ("query-in-loop", "x = {one: Patient.objects.filter(x=one).exists() for one in ids}\n"),
    ("query-in-loop", "x = any(one for one in rows if Patient.objects.filter(x=one).exists())\n"),
]  # fmt: skip

CAREFUL = [
    "def rule(row):\n    try:\n        chair = row.chair\n    except ObjectDoesNotExist:\n        return\n",
    "def rule(row):\n    try:\n        f(row)\n    except Exception as error:\n        raise ValidationError('x') from error\n",
    "from decimal import Decimal\n\ndef rule(row):\n    return row.price * Decimal('1.21') + 2\n",
    "from datetime import timedelta\nHALF = timedelta(hours=0.5)\n",
    "from django.utils import timezone\nx = timezone.now()\ny = timezone.localdate()\n",
    "import datetime as dt\nx = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)\ny = dt.datetime.now(dt.UTC)\nz = dt.date(2026, 1, 1)\n",
    "from datetime import datetime\nx = datetime.fromisoformat('2026-01-01T00:00+00:00') or row.datetime(1)\n",
    "def rule(row):\n    for one in Patient.objects.filter(chair=row.chair):\n        check(one)\n",
    "names = [one.name for one in Patient.objects.all()]\n",
    "class Meta:\n    indexes = [models.Index(fields=['tenant', 'name'], name='x')]\n",
    "workspace = 'a word in a text: tenant_id=3'\n",
    "class Bed(TenantModel):\n    today = models.DateField()\n    objects_left = models.IntegerField()\n",
    "x = row.starts_at.date() if row.today() else clinic.now()\n",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), CARELESS)
def test_careless_code_is_refused(rule: str, text: str) -> None:
    assert rule in rules_broken(RULES, text)


@pytest.mark.parametrize("text", CAREFUL)
def test_careful_code_passes(text: str) -> None:
    assert rules_broken(RULES, text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    try:\n        g()\n    except ValidationError as error:\n        return error.messages\n",
        "for role in roles:\n    assert Patient.objects.count() == 1.5\n",
        "x = self.make(Patient, workspace=self.other_workspace)\n",
    ],
)
def test_a_test_may_do_what_a_rule_may_not(text: str) -> None:
    assert rules_broken(TEST, text) == set()


def test_a_test_may_not_pass_over_everything_either() -> None:
    text = "def test_it(self):\n    try:\n        self.assertTrue(f())\n    except Exception:\n        pass\n"  # fmt: skip
    assert "swallowed-error" in rules_broken(TEST, text)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("related-rows", "{{ object.payments.count }}"),
        ("related-rows", "{% for one in object.estimate.payments.all %}{{ one }}{% endfor %}"),
        ("related-rows", "{% if object.payments.exists %}x{% endif %}"),
        ("fixed-address", '<a href="/patients/">x</a>'),
        ("fixed-address", "<form action=/patients/ ></form>"),
        ("fixed-address", '<p hx-get="/patients/">x</p>'),
    ],
)
def test_a_careless_screen_is_refused(rule: str, text: str) -> None:
    assert rule in rules_broken(PAGE, text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ page.paginator.count }}{% for one in page.object_list.all %}{{ one }}{% endfor %}",
        "{{ object.patient.full_name }}{{ object.first }}{{ count }}",
        '<a href="{% url \'patient:list\' %}">x</a><a href="#results">y</a><a href="?q=1">z</a>',
        '<a href="mailto:a@example.org">x</a><a href="https://example.org/">y</a>',
        "{# object.payments.all is only talked about #}",
    ],
)
def test_a_careful_screen_passes(text: str) -> None:
    assert rules_broken(PAGE, text) == set()
