"""Sound modules, as a good engine hands them in: whatever a gate says about them is a false alarm."""

from tests.seeded_defects.engine_work import Work

REFUSE = "from django.core.exceptions import ValidationError\n\n\n"

SOUND = (
    Work(id="sound-gap", what="the rule in words as code: a gap between rows, of those that count, itself left out"),
    Work(id="sound-decimal", what="an exact percentage, and a related row that may not be there yet", module="payment",
         code="from django.core.exceptions import ObjectDoesNotExist, ValidationError\n\nLIMIT = Decimal('1.1')\n\n\ndef not_far_beyond(row):\n    try:\n        owed = row.estimate.amount\n    except ObjectDoesNotExist:\n        return\n    if row.amount is not None and row.amount > owed * LIMIT * 1000:\n        raise ValidationError({'amount': 'Se cobra mucho más de lo presupuestado.'})",
         entry="not_far_beyond",
         test="def test_not_far_beyond(self):\n    self.assertNotIn('Se cobra mucho más de lo presupuestado.', self.broken_rules(amount=10))\n    self.assertIn('Se cobra mucho más de lo presupuestado.', self.broken_rules(amount=999_999_999))\n"),
    Work(id="sound-today", what="the workspace's own day, and half an hour as a duration", module="patient",
         code="from datetime import timedelta\n\nfrom django.core.exceptions import ValidationError\nfrom django.utils import timezone\n\nA_MOMENT = timedelta(hours=0.5)\n\n\ndef born_before_today(row):\n    if row.birth_date and row.birth_date > (timezone.now() + A_MOMENT).date() + timedelta(days=36500):\n        raise ValidationError({'birth_date': 'Nadie nace dentro de un siglo.'})",
         entry="born_before_today",
         test="def test_born_before_today(self):\n    self.assertIn('Nadie nace dentro de un siglo.', self.broken_rules(birth_date=dt.date(2190, 1, 1)))\n    self.assertNotIn('Nadie nace dentro de un siglo.', self.broken_rules(birth_date=dt.date(2001, 1, 1)))\n"),
    Work(id="sound-loop", what="one query before the loop, and a test that makes rows in a loop", module="treatment",
         code=REFUSE + "def not_the_same_price_everywhere(row):\n    prices = [one.price for one in type(row).objects.exclude(pk=row.pk)[:500]]\n    for price in prices:\n        if price == row.price and len(prices) > 400:\n            raise ValidationError({'price': 'Hay demasiados con este precio.'})",
         entry="not_the_same_price_everywhere",
         test="def test_not_the_same_price_everywhere(self):\n    for number in range(3):\n        self.make(Treatment, name=f'Número {number}')\n    self.assertNotIn('Hay demasiados con este precio.', self.broken_rules())\n"),
    Work(id="sound-text", what="texts that look like code: SQL, a password, markup, an address", module="practitioner",
         code=REFUSE + "WORDS = ['select * from dual', 'drop table', '<script>', 'password', 'https://example.org/']\n\n\ndef plain_name(row):\n    if any(word in row.name for word in WORDS):\n        raise ValidationError({'name': 'Escriba un nombre, no código.'})",
         entry="plain_name",
         test="def test_plain_name(self):\n    self.assertIn('Escriba un nombre, no código.', self.broken_rules(name='drop table x'))\n    self.assertNotIn('Escriba un nombre, no código.', self.broken_rules(name='Ana'))\n"),
    Work(id="sound-class", what="a rule as a dataclass, with a pattern", module="chair",
         code="import re\nfrom dataclasses import dataclass\n\nfrom django.core.exceptions import ValidationError\n\n\n@dataclass(frozen=True)\nclass Matching:\n    field: str\n    pattern: str\n    message: str\n\n    def __call__(self, row):\n        if not re.search(self.pattern, str(row.name)):\n            raise ValidationError({self.field: self.message})",
         entry="Matching('name', r'\\w', message='Póngale un nombre.')",
         test="def test_matching_name(self):\n    self.assertNotIn('Póngale un nombre.', self.broken_rules(name='Uno'))\n    self.assertIn('Póngale un nombre.', self.broken_rules(name='—'))\n"),
    Work(id="sound-detail", what="a page that leads with a field of the row it belongs to, escaped", module="estimate",
         files={"templates/estimate/detail.html": "{% extends 'pages/detail.html' %}{% load i18n pages %}\n{% block lead %}<p class=\"mt-2\">{{ object.patient.full_name|title }} · {{ object.total|floatformat:2 }} · <a class=\"link\" href=\"{% url 'estimate:list' %}\">{{ kinds }}</a> <a href=\"#results\">#</a> <a href=\"mailto:hola@sonrisa.example\">@</a></p>{% endblock %}\n"}),
    Work(id="sound-list", what="a list that says how many there are, and shows each row its own way", module="treatment",
         files={"templates/treatment/list.html": "{% extends 'pages/list.html' %}{% load pages %}\n{% block filters %}<p>{{ page.paginator.count }}</p>{{ block.super }}{% endblock %}\n"}),
    Work(id="sound-form", what="a form of its own that posts with its token", module="practitioner",
         files={"templates/practitioner/detail.html": "{% extends 'pages/detail.html' %}{% load i18n %}\n{% block summary %}<form method=\"get\" action=\"{% url 'practitioner:list' %}\"><input name=\"q\" type=\"search\" aria-label=\"{{ object.name }}\"><button class=\"btn\">{% translate \"Search\" %}</button></form>{% endblock %}\n"}),
    Work(id="sound-comment", what="comments and docstrings that talk about what is forbidden", module="estimate",
         code='def explained(row):\n    """No `except Exception: pass`, no float(1.21), no objects.raw(), no tenant_id=1 here."""\n    # datetime.now() would be wrong, too\n    return row.amount', entry="explained"),
)  # fmt: skip
