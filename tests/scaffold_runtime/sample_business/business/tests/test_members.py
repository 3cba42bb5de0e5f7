import re

from django.core import mail
from django.test import Client

from accounts.models import User
from workspaces.models import Membership
from workspaces.testing import WorkspaceTestCase


class MemberTests(WorkspaceTestCase):
    def invite(self, email="new@example.com", role="desk"):
        self.as_role("owner").post("/members/", {"email": email, "role": role})
        return re.search(r"https?://[^/]+(/members/join/\S+)", mail.outbox[-1].body)[1]

    def test_somebody_new_joins_through_the_link(self):
        path = self.invite()
        client = Client()
        client.post(path, {"name": "Nora", "password": "a-long-password-1"})
        member = Membership.objects.get(user__email="new@example.com")
        self.assertEqual((member.workspace, member.role), (self.workspace, "desk"))
        self.assertEqual(client.get("/customers/").status_code, 200)

    def test_a_link_works_once(self):
        path = self.invite()
        Client().post(path, {"name": "Nora", "password": "a-long-password-1"})
        self.assertEqual(Client().get(path).status_code, 410)

    def test_somebody_known_must_be_signed_in_as_that_person(self):
        known = User.objects.create_user("known@example.com", "a-long-password-1")
        path = self.invite("known@example.com")
        self.as_role("mechanic").post(path)
        self.assertFalse(known.memberships.exists())
        client = Client()
        client.force_login(known)
        client.post(path)
        self.assertTrue(known.memberships.filter(workspace=self.workspace).exists())

    def test_a_weak_password_is_refused(self):
        response = Client().post(self.invite(), {"name": "Nora", "password": "12345"})
        self.assert_invalid(response, "password")

    def test_only_owners_see_members_and_the_audit_trail(self):
        for path in ("/members/", "/audit/", "/admin/"):
            self.assert_allowed(self.as_role("owner").get(path))
            self.assert_refused(self.as_role("desk").get(path, follow=True))

    def test_the_last_owner_stays(self):
        owner = self.membership("owner")
        browser = self.as_role("owner")
        browser.post(f"/members/{owner.pk}/remove/")
        browser.post(f"/members/{owner.pk}/role/", {f"m{owner.pk}-role": "desk"})
        owner.refresh_from_db()
        self.assertTrue(owner.is_owner)

    def test_an_owner_changes_and_removes_people(self):
        desk, browser = self.membership("desk"), self.as_role("owner")
        browser.post(f"/members/{desk.pk}/role/", {f"m{desk.pk}-role": "mechanic"})
        desk.refresh_from_db()
        self.assertEqual(desk.role, "mechanic")
        browser.post(f"/members/{desk.pk}/remove/")
        self.assertFalse(Membership.objects.filter(pk=desk.pk).exists())

    def test_an_owner_elsewhere_cannot_touch_our_people(self):
        desk = self.membership("desk")
        stranger = self.as_role("owner", self.other_workspace)
        self.assert_refused(stranger.post(f"/members/{desk.pk}/remove/"))
        self.assert_refused(stranger.post(f"/workspaces/{self.workspace.pk}/open/"))

    def test_switching_changes_what_is_seen(self):
        ours, theirs = self.membership("owner"), self.other_workspace
        Membership.objects.create(user=ours.user, workspace=theirs, role="mechanic")
        browser = self.as_role("owner")
        self.assert_allowed(browser.get("/workers/"))
        browser.post(f"/workspaces/{theirs.pk}/open/")
        self.assert_refused(browser.get("/workers/"))
