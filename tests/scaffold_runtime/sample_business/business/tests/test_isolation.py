from django.db import DatabaseError, IntegrityError, connection, transaction

from business.customer.models import Customer
from business.visit.models import Visit
from business.worker.models import Worker
from workspaces.isolation import unprotected_tables
from workspaces.tenancy import NoActiveWorkspace, tenant_scope
from workspaces.testing import WorkspaceTestCase


class IsolationTests(WorkspaceTestCase):
    def test_the_app_role_owns_nothing_and_cannot_pass_policies(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "select rolsuper, rolbypassrls from pg_roles where rolname = current_user"
            )
            self.assertEqual(cursor.fetchone(), (False, False))
            cursor.execute("select count(*) from pg_class where relowner = current_user::regrole")
            self.assertEqual(cursor.fetchone(), (0,))

    def test_every_table_with_a_tenant_is_protected(self):
        self.assertEqual(unprotected_tables(), [])

    def test_the_unfiltered_manager_sees_only_ours_too(self):
        self.make(Customer, workspace=self.other_workspace)
        self.assertEqual(Customer._base_manager.count(), 0)

    def test_raw_sql_sees_only_ours(self):
        self.make(Customer, workspace=self.other_workspace)
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from customer_customer")
            self.assertEqual(cursor.fetchone(), (0,))

    def test_a_row_cannot_be_written_into_another_workspace(self):
        with self.assertRaises(DatabaseError), transaction.atomic():
            Customer.objects.create(name="Smuggled", tenant=self.other_workspace)

    def test_a_row_cannot_be_moved_to_another_workspace(self):
        customer = self.make(Customer)
        with self.assertRaises(DatabaseError), transaction.atomic():
            Customer.objects.filter(pk=customer.pk).update(tenant=self.other_workspace)

    def test_a_reference_cannot_leave_the_workspace(self):
        theirs = self.make(Customer, workspace=self.other_workspace)
        visit = self.make(Visit)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Visit.objects.filter(pk=visit.pk).update(customer_id=theirs.pk)
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")

    def test_nothing_is_visible_after_the_scope_ends(self):
        self.make(Customer)
        with self.inside(self.other_workspace):
            self.assertEqual(Customer.objects.count(), 0)
        self.assertEqual(Customer.objects.count(), 1)

    def test_two_workspaces_may_use_the_same_unique_value(self):
        self.make(Customer, name="Ana")
        self.make(Customer, workspace=self.other_workspace, name="Ana")

    def test_scopes_survive_an_error_inside(self):
        with self.assertRaises(ZeroDivisionError), tenant_scope(self.other_workspace):
            raise ZeroDivisionError
        self.make(Worker)
        self.assertEqual(Worker.objects.get().tenant, self.workspace)


class OutsideTests(WorkspaceTestCase):
    def setUp(self):
        """No workspace is active here."""

    def test_writing_needs_a_workspace(self):
        with self.assertRaises(NoActiveWorkspace):
            Customer.objects.create(name="Nobody's")

    def test_reading_finds_nothing_or_fails(self):
        with tenant_scope(self.workspace):
            self.make(Customer)
        try:
            with transaction.atomic():
                self.assertEqual(Customer._base_manager.count(), 0)
        except DatabaseError as error:
            self.assertIn("uuid", str(error))
