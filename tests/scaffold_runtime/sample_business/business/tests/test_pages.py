from datetime import timedelta
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from audit.models import Entry
from business.customer.models import Customer
from business.visit.models import Visit
from business.worker.models import Worker
from workspaces.testing import WorkspaceTestCase


class PageTests(WorkspaceTestCase):
    def names(self, query, role="desk"):
        page = self.as_role(role).get(f"/customers/?{query}")
        return [row.name for row in page.context["page"]]

    def test_lists_search_filter_and_sort(self):
        self.make(Customer, name="Ana Ruiz", is_company=True)
        self.make(Customer, name="Luis Ruiz")
        self.make(Customer, name="Eva Soto")
        self.assertEqual(self.names("q=ruiz"), ["Ana Ruiz", "Luis Ruiz"])
        self.assertEqual(self.names("q=ruiz&is_company=true"), ["Ana Ruiz"])
        self.assertEqual(self.names("sort=-name"), ["Luis Ruiz", "Eva Soto", "Ana Ruiz"])

    def test_nonsense_in_the_address_is_ignored(self):
        self.make(Customer, name="Ana")
        for query in (
            "sort=tenant__name",
            "page=999",
            "page=x",
            "is_company=maybe",
            "since_from=2020-99-99",
        ):
            self.assertEqual(self.names(query), ["Ana"], query)

    def test_pages_are_cut_and_linked(self):
        for number in range(30):
            self.make(Customer, name=f"Nr {number:02d}")
        first = self.as_role("desk").get("/customers/?q=nr")
        self.assertEqual(len(first.context["page"]), 25)
        self.assertContains(first, "?q=nr&amp;page=2")

    def test_an_empty_list_says_what_to_do(self):
        self.assertContains(self.as_role("desk").get("/customers/"), "/customers/new/")
        self.assertNotContains(self.as_role("mechanic").get("/customers/"), "/customers/new/")

    def test_exports_a_spreadsheet_without_formulas(self):
        self.make(Customer, name="=1+1")
        response = self.as_role("desk").get("/customers/?format=csv")
        self.assertIn("'=1+1", response.content.decode())

    def test_what_people_type_is_never_markup(self):
        customer = self.make(Customer, name="<script>alert(1)</script>", notes="<b>x</b>")
        for path in ("/customers/", customer.get_absolute_url()):
            self.assertNotContains(self.as_role("desk").get(path), "<script>alert")

    def test_forms_offer_only_our_rows(self):
        theirs = self.make(Customer, workspace=self.other_workspace, name="Theirs")
        browser = self.as_role("desk")
        self.assertNotContains(browser.get("/visits/new/"), "Theirs")
        data = self.form_data(Visit, customer=self.make(Customer)) | {"customer": theirs.pk}
        self.assert_invalid(browser.post("/visits/new/", data), "customer")

    def test_all_broken_rules_are_shown_together(self):
        visit = self.make(Visit)
        data = self.form_data(visit, price=9999, ends_at=visit.starts_at)
        response = self.as_role("desk").post(self.url(visit, "edit"), data)
        self.assert_invalid(response, "price")
        self.assert_invalid(response, "ends_at")

    def test_unique_within_the_workspace_stands_at_its_field(self):
        self.make(Customer, name="Ana")
        response = self.as_role("desk").post(
            "/customers/new/", self.form_data(Customer, name="Ana")
        )
        self.assert_invalid(response, "name")

    def test_no_two_visits_of_one_worker_at_once(self):
        first = self.make(Visit, worker=self.make(Worker))
        clash = {"worker": first.worker, "starts_at": first.starts_at, "ends_at": first.ends_at}
        response = self.as_role("desk").post("/visits/new/", self.form_data(Visit, **clash))
        self.assertContains(response, "El mecánico ya tiene una visita a esa hora.")
        later = clash | {"starts_at": first.ends_at, "ends_at": first.ends_at + timedelta(hours=1)}
        self.make(Visit, **later)

    def test_a_cancelled_visit_leaves_its_time_free(self):
        first = self.make(Visit, worker=self.make(Worker), status="cancelled", reason="Ill")
        self.make(Visit, worker=first.worker, starts_at=first.starts_at, ends_at=first.ends_at)

    def test_two_customers_in_a_race_get_words_not_an_error_page(self):
        form = self.form_data(Customer, name="Ana")
        self.make(Customer, name="Ana")
        with patch.object(Customer, "validate_constraints"):  # both looked before either saved
            response = self.as_role("desk").post("/customers/new/", form)
        self.assert_invalid(response)

    def test_what_others_need_cannot_be_deleted(self):
        visit = self.make(Visit)
        browser = self.as_role("owner")
        response = browser.post(self.url(visit.customer, "delete"), follow=True)
        self.assertContains(response, "visita")
        self.assertTrue(Customer.objects.filter(pk=visit.customer_id).exists())

    def test_a_transition_from_the_wrong_state_changes_nothing(self):
        visit = self.make(Visit, status="done")
        self.as_role("mechanic").post(self.url(visit, "transition", "finish"))
        self.assert_state(visit, "done")
        self.assertEqual(
            self.as_role("owner").post(self.url(visit, "transition", "nope")).status_code, 404
        )

    def test_a_transition_asks_for_what_the_next_state_needs(self):
        visit = self.make(Visit)
        browser, cancel = self.as_role("desk"), self.url(visit, "transition", "cancel")
        self.assertContains(browser.post(cancel), 'name="reason"')
        self.assert_state(visit, "planned")
        self.assert_invalid(browser.post(cancel, {"reason": ""}), "reason")
        self.assert_state(visit, "planned")
        browser.post(cancel, {"reason": "Llueve", "status": "done"})
        self.assert_state(visit, "cancelled")

    def test_buttons_are_only_for_the_right_roles(self):
        visit = self.make(Visit)
        self.assertContains(self.as_role("mechanic").get(visit.get_absolute_url()), "do/finish/")
        self.assertNotContains(self.as_role("desk").get(visit.get_absolute_url()), "do/finish/")

    def test_the_dashboard_shows_what_the_role_may_see(self):
        self.make(Visit, price=120, status="done")
        self.assertContains(self.as_role("owner").get("/dashboards/main/"), "120,00")
        home = self.as_role("mechanic").get("/", follow=True)
        self.assertContains(home, "/visits/")
        self.assertNotContains(home, "/workers/")

    def test_a_board_and_a_calendar_show_the_same_rows(self):
        visit = self.make(Visit)
        self.make(Visit, workspace=self.other_workspace, code="Theirs")
        month = f"{visit.starts_at:%Y-%m}"
        for path in ("/visits/board/", f"/visits/calendar/?month={month}"):
            page = self.as_role("mechanic").get(path)
            self.assertContains(page, visit.get_absolute_url())
            self.assertNotContains(page, "Theirs")
        self.assert_allowed(self.as_role("mechanic").get("/visits/calendar/?month=99"))

    def test_files_follow_the_permissions_of_their_row(self):
        file = SimpleUploadedFile("plan.html", b"<script>1</script>", "text/html")
        data = self.form_data(Customer, name="Ana") | {"contract": file}
        self.as_role("desk").post("/customers/new/", data)
        url = Customer.objects.get(name="Ana").contract.url
        response = self.as_role("mechanic").get(url)
        self.assertEqual(response.content, b"<script>1</script>")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(self.as_role("owner", self.other_workspace).get(url).status_code, 404)

    def test_every_change_is_on_the_audit_trail(self):
        browser = self.as_role("desk")
        browser.post("/visits/new/", self.form_data(Visit, code="A1", reason="Ill"))
        visit = Visit.objects.get(code="A1")
        browser.post(self.url(visit, "edit"), self.form_data(visit, code="A2"))
        browser.post(self.url(visit, "transition", "cancel"))
        browser.post(self.url(visit, "delete"))
        trail = Entry.objects.filter(model="visit.visit", object_id=visit.pk).order_by("id")
        self.assertEqual([one.action for one in trail], ["create", "edit", "cancel", "delete"])
        self.assertEqual({one.user for one in trail}, {self.person("desk")})
        self.assertEqual((trail[1].before, trail[1].after), ({"code": "A1"}, {"code": "A2"}))
        self.assertContains(self.as_role("owner").get("/audit/?model=visit.visit"), "Anular")

    def test_the_audit_trail_cannot_be_changed(self):
        self.make(Customer)
        for change in (Entry.objects.all().delete, lambda: Entry.objects.update(action="x")):
            with self.assertRaises(DatabaseError), transaction.atomic():
                change()

    def test_the_admin_works_for_owners(self):
        customer = self.make(Customer, name="Ana")
        browser = self.as_role("owner")
        self.assertContains(browser.get("/admin/customer/customer/"), "Ana")
        self.assert_allowed(browser.get(f"/admin/customer/customer/{customer.pk}/change/"))
        self.assert_allowed(browser.get("/admin/"))
