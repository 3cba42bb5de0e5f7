"""Defects that only running the app can show, in groups that share one run.

Some of them would be refused by the static rules already; they are seeded all the same, because the executed checks
must hold on their own.
"""

from tests.seeded_defects.defect import Change, Defect, Group

DATABASE = ("migrate", "inside", "policies", "prepare", "database_attack")
HTTP = ("migrate", "inside", "prepare", "over_http")


def migration(module: str, *operations: str) -> Change:
    """More operations at the end of the module's first migration."""
    text = "".join(f"        {operation},\n" for operation in operations)
    return Change(f"business/{module}/migrations/0001_initial.py", f'{text}        TenantIsolation("{module}"),\n', f'        TenantIsolation("{module}"),\n')  # fmt: skip


def later_sql(module: str, number: int, sql: str) -> Change:
    """A further migration that runs SQL."""
    previous = "0001_initial" if number == 2 else f"{number - 1:04}_more"
    return Change(f"business/{module}/migrations/{number:04}_more.py", later(module, previous, f'migrations.RunSQL("{sql}")'))  # fmt: skip


def later(module: str, previous: str, operation: str) -> str:
    return (
        "from django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        f'    dependencies = [("{module}", "{previous}")]\n'
        f"    operations = [{operation}]\n"
    )


EXACT = "tenant_id = (select current_setting('app.current_tenant_id', true)::uuid)"

DATABASE_GROUP = Group(
    "tables",
    DATABASE,
    (
        Defect("no-policy", "a table without its policy", "isolation.policies", "rls-off", "payment",
               (Change("business/payment/migrations/0001_initial.py", "", '        TenantIsolation("payment"),\n'),)),
        Defect("no-policy-attacked", "the same, attacked with plain SQL", "isolation.database_attack", "database-read", "payment", ()),
        Defect("not-forced", "a policy that the table's owner passes", "isolation.policies", "rls-off", "treatment",
               (later_sql("treatment", 2, "alter table treatment_treatment no force row level security"),)),
        Defect("no-check", "a policy that lets rows be written anywhere", "isolation.policies", "policy-text", "practitioner",
               (later_sql("practitioner", 2, f"alter policy tenant_isolation on practitioner_practitioner using ({EXACT}) with check (true)"),)),
        Defect("no-check-attacked", "the same, attacked with plain SQL", "isolation.database_attack", "database-plant", "practitioner", ()),
        Defect("second-policy", "a second policy that opens the table", "isolation.policies", "policy-count", "estimate",
               (later_sql("estimate", 2, "create policy everybody on estimate_estimate for select using (true)"),)),
        Defect("second-policy-attacked", "the same, attacked with plain SQL", "isolation.database_attack", "database-read", "estimate", ()),
        Defect("loose-reference", "a reference without its composite constraint", "isolation.policies", "loose-reference", "appointment",
               (Change("business/appointment/migrations/0001_initial.py", "", '        TenantForeignKeyConstraint("appointment", "treatment"),\n'),)),
        Defect("loose-reference-attacked", "the same, attacked with plain SQL", "isolation.database_attack", "database-reference", "appointment", ()),
        Defect("plain-reference", "a reference with a single-column constraint", "isolation.policies", "loose-reference", "patient",
               (later_sql("patient", 2, "alter table patient_patient add constraint plain foreign key (referred_by_id) references patient_patient (id)"),)),
        Defect("unique-across", "a value unique across workspaces", "isolation.policies", "unique-across", "chair",
               (later_sql("chair", 2, "create unique index chair_across on chair_chair (id, name)"),)),
        Defect("view", "a view that goes around the policies", "isolation.policies", "not-a-table", None,
               (later_sql("chair", 3, "create view all_chairs as select * from chair_chair"),)),
        Defect("definer", "a function with its owner's rights", "isolation.policies", "definer-function", None,
               (later_sql("chair", 4, "create function chairs() returns bigint language sql security definer as 'select count(*) from chair_chair'"),)),
        Defect("too-many-rights", "a right to empty a table", "isolation.policies", "role", None,
               (later_sql("chair", 5, "grant truncate on chair_chair to public"),)),
        Defect("no-tenant", "a table that belongs to no workspace", "isolation.policies", "no-tenant", None,
               (later_sql("chair", 6, "create table chair_note (id bigint primary key, note text)"),)),
        Defect("unjudged", "a migration that nobody can judge", "migrations.safe", "unjudged-migration", "chair", ()),
    ),
)  # fmt: skip

PAGES_GROUP = Group(
    "pages",
    HTTP,
    (
        Defect("route-500", "a page that breaks", "app.boots", "route-500", "treatment",
               (Change("business/treatment/views.py", "\n\ndef broken(self, **kwargs):\n    return {}['missing']\n\n\nTreatmentDetail.get_context_data = broken\n"),)),
        Defect("broken-link", "a template with a link to nowhere", "app.boots", "route-500", "payment",
               (Change("business/payment/templates/payment/detail.html", "{% extends 'pages/detail.html' %}{% block lead %}{% url 'payment:nowhere' %}{% endblock %}"),)),
        Defect("delete-without-permission", "deleting without asking for the permission", "isolation.ui_attack", "role-escape", "chair",
               (Change("business/chair/views.py", "class ChairDelete(DeletePage):\n    def is_allowed(self):\n        return True\n", "class ChairDelete(DeletePage):"),)),
        Defect("list-for-everybody", "a list that every role may see", "isolation.ui_attack", "role-escape", "appointment",
               (Change("business/appointment/views.py", "class AppointmentList(ListPage):\n    def is_allowed(self):\n        return True\n", "class AppointmentList(ListPage):"),)),
        Defect("transition-any-role", "a transition that asks for no role", "isolation.ui_attack", "role-escape", "estimate",
               (Change("business/estimate/views.py", "\n    def post(self, request, pk, transition):\n        row = self.get_queryset().get(pk=pk)\n        found = row.workflow.transition(transition)\n        if row.status in found.sources:\n            row.status = found.target\n            row.save()\n        from django.shortcuts import redirect\n\n        return redirect(row.get_absolute_url())\n"),)),
        Defect("transition-any-state", "a transition that asks for no state", "isolation.ui_attack", "state-escape", "appointment",
               (Change("business/appointment/views.py", "\n    def post(self, request, pk, transition):\n        from django.core.exceptions import PermissionDenied\n        from django.shortcuts import redirect\n        from workspaces.permissions import has_role\n\n        row = self.get_queryset().get(pk=pk)\n        found = row.workflow.transition(transition)\n        if not has_role(request.membership, found.roles):\n            raise PermissionDenied\n        self.model.objects.filter(pk=pk).update(status=found.target)\n        return redirect(row.get_absolute_url())\n"),)),
        Defect("form-sets-state", "a form that takes the state from the browser", "isolation.ui_attack", "mass-assignment", "estimate",
               (Change("business/estimate/forms.py", "class EstimateForm(TenantForm):\n    def save(self, commit=True):\n        self.instance.status = self.data.get('status') or self.instance.status\n        return super().save(commit)\n", "class EstimateForm(TenantForm):"),)),
        Defect("api-sets-state", "an API that takes the state", "isolation.api_attack", "mass-assignment", "appointment",
               (Change("business/appointment/api.py", "class AppointmentIn(ModelSchema):\n    status: str = 'requested'\n", "class AppointmentIn(ModelSchema):"),)),
        Defect("api-any-role", "an API route that asks for no permission", "isolation.api_attack", "role-escape", "payment",
               (Change("business/payment/api.py", "\n\n@router.delete('/{int:id}/now')\ndef remove_now(request, id: int):\n    return {'removed': Payment.objects.filter(pk=id).update(bank_reference='x')}\n"),)),
        Defect("api-open", "an API route that needs no sign-in", "isolation.api_attack", "open-route", "chair",
               (Change("business/chair/api.py", "\n\n@router.get('/count', auth=None)\ndef count(request):\n    return {'count': 1}\n"),)),
        Defect("page-open", "a page that needs no sign-in", "isolation.ui_attack", "open-route", "patient",
               (Change("business/patient/views.py", "\n\nfrom django.contrib.auth.decorators import login_not_required\nfrom django.http import HttpResponse\n\n\n@login_not_required\ndef public(request):\n    return HttpResponse('Welcome')\n"),
                Change("business/patient/urls.py", "urlpatterns = [\n    path('public/', views.public, name='public'),", "urlpatterns = ["))),
        Defect("csrf", "a form that other sites can send", "isolation.ui_attack", "csrf", "practitioner",
               (Change("business/practitioner/views.py", "\n\nfrom django.utils.decorators import method_decorator\nfrom django.views.decorators.csrf import csrf_exempt\n\nmethod_decorator(csrf_exempt, name='dispatch')(PractitionerCreate)\n"),)),
        Defect("dashboard-any-role", "a dashboard that every role may see", "isolation.ui_attack", "role-escape", None,
               (Change("business/dashboards.py", "class MoneyDashboard(DashboardPage):\n    def dispatch(self, request, *args, **kwargs):\n        return super(DashboardPage, self).dispatch(request, *args, **kwargs)\n", "class MoneyDashboard(DashboardPage):"),)),
        Defect("function-without-permission", "a page written as a function, without asking for the permission", "isolation.ui_attack", "role-escape", "treatment",
               (Change("business/treatment/views.py", "\n\nfrom django.http import HttpResponse\n\n\ndef prices(request):\n    return HttpResponse(', '.join(str(row.price) for row in Treatment.objects.all()))\n"),
                Change("business/treatment/urls.py", "urlpatterns = [\n    path('prices/', views.prices, name='prices'),", "urlpatterns = [")),
               missed="nothing says which permission a function ought to ask for; the reviewer reads it"),
    ),
)  # fmt: skip

OFF = "alter table {0}_{0} disable row level security"
LEAKS_GROUP = Group(
    "leaks",
    HTTP,
    (
        Defect("detail-unscoped", "a page of a row without the workspace", "isolation.ui_attack", "cross-tenant-read", "patient",
               (Change("business/patient/views.py", "class PatientDetail(DetailPage):\n    def get_queryset(self):\n        return Patient._base_manager.all()\n", "class PatientDetail(DetailPage):"),)),
        Defect("edit-unscoped", "an edit form of a row without the workspace", "isolation.ui_attack", "cross-tenant-write", "chair",
               (Change("business/chair/views.py", "class ChairEdit(EditPage):\n    def get_queryset(self):\n        return Chair._base_manager.all()\n", "class ChairEdit(EditPage):"),)),
        Defect("objects-unscoped", "`objects` without the workspace, seen on the list", "isolation.ui_attack", "cross-tenant-list", "treatment",
               (Change("business/treatment/models.py", "    objects = models.Manager()\n    rules = RULES", "    rules = RULES"),)),
        Defect("objects-unscoped-api", "the same, seen over the API", "isolation.api_attack", "cross-tenant-list", "treatment", ()),
        Defect("choices-unscoped", "a choice of another workspace's rows in a form", "isolation.ui_attack", "cross-tenant-list", "appointment", ()),
        Defect("reference-unlimited", "a form that takes references from anywhere", "isolation.ui_attack", "cross-tenant-reference", "estimate",
               (Change("business/estimate/forms.py", "class EstimateForm(TenantForm):\n    def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n        self.fields['practitioner'].queryset = Estimate.practitioner.field.remote_field.model._base_manager.all()\n", "class EstimateForm(TenantForm):"),)),
        Defect("api-unscoped", "an API route without the workspace", "isolation.api_attack", "cross-tenant-read", "payment",
               (Change("business/payment/api.py", "\n\n@router.get('/{int:id}/receipt')\ndef receipt(request, id: int):\n    return {'receipt': Payment._base_manager.get(pk=id).receipt}\n"),)),
        Defect("search-leaks", "a search over all workspaces", "isolation.ui_attack", "cross-tenant-list", "practitioner",
               (Change("business/practitioner/views.py", "\n\nfrom django.http import HttpResponse\n\n\ndef find(request):\n    found = Practitioner._base_manager.filter(name__icontains=request.GET.get('q', 'nobody'))\n    return HttpResponse(', '.join(row.name for row in found))\n"),
                Change("business/practitioner/urls.py", "urlpatterns = [\n    path('find/', views.find, name='find'),", "urlpatterns = ["))),
        Defect("dashboard-counts-all", "a dashboard that counts other workspaces' rows", "isolation.ui_attack", "cross-tenant-list", None,
               (Change("business/dashboards.py", "class MoneyDashboard(DashboardPage):\n    def get_context_data(self, **kwargs):\n        return super().get_context_data(**kwargs) | {'title': f'Dinero ({Payment._base_manager.count()})'}\n", "class MoneyDashboard(DashboardPage):"),),
               missed="a number carries no mark of its origin; without a policy the catalog check fails, with one it can't happen"),
    ),
    prepare=tuple(
        later_sql(module, 2, OFF.format(module))
        for module in ("patient", "chair", "treatment", "practitioner", "payment")
    ),
)  # fmt: skip

INSIDE_GROUP = Group(
    "files",
    ("inside", "migrate"),
    (
        Defect("no-migration", "a field without its migration", "migrations.match_models", "migration-missing", "chair",
               (Change("business/chair/models.py", '    nickname = models.CharField(max_length=20, blank=True)\n    rules = RULES', "    rules = RULES"),)),
        Defect("drops-column", "a migration that drops a column", "migrations.safe", "destructive-migration", "estimate",
               (Change("business/estimate/migrations/0002_smaller.py", later("estimate", "0001_initial", "migrations.RemoveField('estimate', 'rejection_reason')")),)),
        Defect("does-not-apply", "a migration that does not apply", "migrations.apply", "crashed", None,
               (later_sql("practitioner", 2, "alter table practitioner_practitioner drop column nonsense"),)),
        Defect("template-syntax", "a template that does not compile", "source.templates", "template", "patient",
               (Change("business/patient/templates/patient/detail.html", "{% extends 'pages/detail.html' %}{% block lead %}{% if a == %}x{% endif %}{% endblock %}"),)),
        Defect("template-parent", "a template whose parent does not exist", "source.templates", "template", "treatment",
               (Change("business/treatment/templates/treatment/detail.html", "{% extends 'pages/nothing.html' %}"),)),
        Defect("index-name", "a model that Django's own checks refuse", "django.check", "django-check", "payment",
               (Change("business/payment/models.py", 'ordering = ["-nothing"]', 'ordering = ["-paid_on"]'),)),
    ),
)  # fmt: skip

IMPORT_GROUP = Group(
    "import",
    ("inside", "source"),
    (
        Defect("import-error", "a module that can't be imported", "django.check", "crashed", "payment",
               (Change("business/payment/rules.py", "\nRULES.append(NOTHING)\n"),)),
        Defect("secret-inside", "a hard-coded secret, found in the image", "source.secrets", "secret", "chair",
               (Change("business/chair/rules.py", "\nAPI_TOKEN = 'x9Kq2Lm8Rt5Vb3Nz7Wp1'\n"),)),
        Defect("syntax-inside", "a syntax error, found in the image", "source.compiles", "syntax", "treatment",
               (Change("business/treatment/tests/test_rules.py", "\ndef broken(:\n"),)),
    ),
)  # fmt: skip

TESTS_GROUP = Group(
    "tests",
    ("migrate", "inside", "prepare", "business_tests"),
    (
        Defect("rule-dropped", "a rule of the business that is not there", "app.tests", "test", "patient",
               (Change("business/patient/rules.py", "\nRULES.clear()\n"),)),
        Defect("permission-dropped", "a role that may do more than was asked for", "app.tests", "test", "payment",
               (Change("business/permissions.py", '"payment": {\n        "dentist": ["view", "create"],', '"payment": {'),)),
        Defect("empty-test", "a test that asserts nothing", "app.tests", "test", "practitioner",
               (Change("business/practitioner/tests/test_more.py", "from django.test import SimpleTestCase\n\n\nclass Tests(SimpleTestCase):\n    def test_everything(self):\n        pass\n"),),
               missed="it passes; the report names every test that ran, and the reviewer matches them with the requirements"),
    ),
    only_tests_of=("patient", "payment", "practitioner"),
)  # fmt: skip

DEMO_GROUP = Group(
    "rules",
    ("migrate", "inside", "prepare", "business_tests"),
    (
        Defect("failing-rule", "a rule that breaks instead of judging", "app.tests", "not-run", "chair",
               (Change("business/chair/rules.py", "\n\ndef broken(row):\n    return row.nothing\n\n\nRULES.append(broken)\n"),)),
    ),
)  # fmt: skip

GROUPS = (
    DATABASE_GROUP,
    PAGES_GROUP,
    LEAKS_GROUP,
    INSIDE_GROUP,
    IMPORT_GROUP,
    TESTS_GROUP,
    DEMO_GROUP,
)
