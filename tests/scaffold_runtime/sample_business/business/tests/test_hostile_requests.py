"""What somebody tries who does not use the pages as they are meant."""

import csv
import io
from unittest.mock import patch

from django.core import mail
from django.test import Client, SimpleTestCase, override_settings

from accounts import throttle
from accounts.models import User
from business.customer.models import Customer
from operations.middleware import shown_path
from pages.export import harmless
from workspaces.invitations import invite
from workspaces.testing import WorkspaceTestCase


class HostileRequestTests(WorkspaceTestCase):
    def test_a_link_of_the_forgotten_password_never_follows_the_host_header(self):
        User.objects.create_user("eva@example.com", "a-long-password-1")
        Client().post(
            "/accounts/password/forgot/", {"email": "eva@example.com"}, HTTP_HOST="localhost:6666"
        )
        self.assertIn("http://localhost:8000/accounts/password/reset/", mail.outbox[0].body)
        self.assertNotIn("6666", mail.outbox[0].body)

    def test_a_name_of_two_lines_is_no_second_header_of_a_mail(self):
        self.workspace.name = "Ours\nBcc: evil@example.com"
        invite(self.workspace, "new@example.com", "desk", self.person("owner"))
        self.assertNotIn("\n", mail.outbox[0].subject)

    def test_the_address_cannot_put_a_file_into_a_row(self):
        self.as_role("desk").post("/customers/new/?contract=no/such/file.pdf", {"name": "Ana"})
        self.assertEqual(Customer.objects.get().contract.name, "")

    def test_a_row_whose_file_is_gone_can_still_be_opened(self):
        row = self.make(Customer, name="Ana", contract="no/such/file.pdf")
        self.assertEqual(self.as_role("desk").get(row.get_absolute_url()).status_code, 200)

    def test_characters_that_the_database_does_not_hold_are_refused(self):
        client = self.as_role("owner")
        for address in ("/customers/?q=%00", "/audit/?model=%00", "/files/customer/customer/%00"):
            self.assertEqual(client.get(address).status_code, 400, address)
        client = self.api("desk")
        row = self.make(Customer, name="Ana")
        sent = client.patch(f"/api/v1/customers/{row.pk}", {"name": "a\0b"})
        self.assertEqual(sent.status_code, 422)

    def test_months_outside_the_calendar_show_this_month(self):
        for month in ("0001-01", "9999-12", "0000-00"):
            page = self.as_role("desk").get(f"/visits/calendar/?month={month}")
            self.assertEqual(page.status_code, 200, month)

    def test_choices_and_headings_are_no_formulas_either(self):
        self.make(Customer, name="Ana")
        with patch("pages.export.label_of", return_value="=1+1"):
            page = self.as_role("desk").get("/customers/?format=csv")
        head = next(csv.reader(io.StringIO(page.content.decode("utf-8-sig"))))
        self.assertEqual(set(head), {"'=1+1"})
        self.assertEqual(harmless("@cmd"), "'@cmd")


class AddressTests(SimpleTestCase):
    def request(self, **meta):
        return type("Request", (), {"META": {"REMOTE_ADDR": "10.0.0.1", **meta}})()

    def test_a_forwarded_address_counts_only_behind_a_proxy(self):
        invented = self.request(HTTP_X_FORWARDED_FOR="6.6.6.6")
        with override_settings(IS_BEHIND_PROXY=False):
            self.assertEqual(throttle.address_of(invented), "10.0.0.1")
        added = self.request(HTTP_X_FORWARDED_FOR="6.6.6.6, 7.7.7.7")
        with override_settings(IS_BEHIND_PROXY=True):
            self.assertEqual(throttle.address_of(added), "7.7.7.7")

    def test_the_log_keeps_no_links_that_open_doors(self):
        match = type("Match", (), {"kwargs": {"secret": "s3cret"}})()
        request = type("Request", (), {"path": "/members/join/s3cret/", "resolver_match": match})()
        self.assertEqual(shown_path(request), "/members/join/…/")
