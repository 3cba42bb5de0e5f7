import re

from django.core import mail
from django.test import Client, override_settings

from accounts.models import User
from workspaces.models import Membership, Workspace
from workspaces.testing import WorkspaceTestCase

PASSWORD = "a-long-password-1"
SIGN_IN = "/accounts/sign-in/"


class AccountTests(WorkspaceTestCase):
    def setUp(self):
        super().setUp()
        self.user = User.objects.create_user("Eva@Example.com", PASSWORD, name="Eva")
        Membership.objects.create(user=self.user, workspace=self.workspace, role="desk")
        self.client = Client()

    def sign_in(self, password=PASSWORD, email="eva@example.com", **headers):
        return self.client.post(SIGN_IN, {"email": email, "password": password}, **headers)

    def test_signs_in_whatever_the_case_of_the_email(self):
        self.assertRedirects(self.sign_in(email="EVA@example.com"), "/", target_status_code=302)

    def test_pages_ask_to_sign_in_first(self):
        response = self.client.get("/customers/?q=x")
        self.assertRedirects(response, f"{SIGN_IN}?next=/customers/%3Fq%3Dx")

    def test_does_not_follow_a_next_to_another_site(self):
        data = {"email": "eva@example.com", "password": PASSWORD, "next": "https://evil.example/"}
        self.assertEqual(self.client.post(SIGN_IN, data).headers["Location"], "/")

    def test_guessing_is_slowed_down_even_with_the_right_password_at_last(self):
        for _attempt in range(5):
            self.sign_in("wrong")
        self.assertContains(self.sign_in(), "alert", status_code=200)
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_others_can_still_sign_in_meanwhile(self):
        for _attempt in range(5):
            self.sign_in("wrong", email="somebody@example.com")
        self.assertEqual(self.sign_in().status_code, 302)

    def test_a_first_password_must_be_changed_before_anything_else(self):
        User.objects.filter(pk=self.user.pk).update(must_change_password=True)
        self.sign_in()
        self.assertRedirects(self.client.get("/customers/"), "/accounts/password/")
        self.assertEqual(self.client.get("/api/v1/customers").status_code, 403)
        new = {
            "old_password": PASSWORD,
            "new_password1": "another-one-22",
            "new_password2": "another-one-22",
        }
        self.client.post("/accounts/password/", new)
        self.assertEqual(self.client.get("/customers/").status_code, 200)

    def test_passwords_are_kept_as_argon2id(self):
        self.assertTrue(self.user.password.startswith("argon2$argon2id$"))

    def test_a_forgotten_password_is_set_anew_through_a_mail(self):
        self.client.post("/accounts/password/forgot/", {"email": "eva@example.com"})
        path = re.search(r"https?://[^/]+(/\S+)", mail.outbox[0].body)[1]
        form = self.client.get(path, follow=True)
        data = {"new_password1": "brand-new-one-3", "new_password2": "brand-new-one-3"}
        self.client.post(form.redirect_chain[-1][0], data)
        self.assertEqual(self.sign_in("brand-new-one-3").status_code, 302)

    def test_nobody_learns_which_emails_exist(self):
        known = self.client.post("/accounts/password/forgot/", {"email": "eva@example.com"})
        unknown = self.client.post("/accounts/password/forgot/", {"email": "nobody@example.com"})
        self.assertEqual(known.headers["Location"], unknown.headers["Location"])
        self.assertEqual(len(mail.outbox), 1)

    def test_the_profile_decides_the_language(self):
        self.sign_in()
        self.client.post("/accounts/profile/", {"name": "Eva", "language": "en", "theme": "dark"})
        page = self.client.get("/accounts/profile/")
        self.assertContains(page, "API tokens")
        self.assertContains(page, 'data-theme="dark"')

    def test_the_browser_decides_the_language_before(self):
        self.assertContains(self.client.get(SIGN_IN, headers={"Accept-Language": "es"}), "Entrar")
        self.assertContains(self.client.get(SIGN_IN, headers={"Accept-Language": "en"}), "Sign in")

    def test_somebody_without_workspace_makes_one(self):
        self.user.memberships.all().delete()
        self.sign_in()
        self.assertRedirects(self.client.get("/"), "/workspaces/new/")
        self.client.post("/workspaces/new/", {"name": "Fresh"})
        self.assertEqual(Workspace.objects.get(name="Fresh").memberships.get().role, "owner")
        self.assertEqual(self.client.get("/customers/").status_code, 200)

    @override_settings(METRICS_TOKEN="s3cret")
    def test_metrics_need_their_token(self):
        self.assertEqual(self.client.get("/metrics").status_code, 404)
        allowed = self.client.get("/metrics", headers={"Authorization": "Bearer s3cret"})
        self.assertContains(allowed, "django_http_requests")

    def test_health_says_the_version_to_anybody(self):
        response = self.client.get("/healthz", headers={"Host": "10.0.0.7"})
        self.assertEqual(response.json(), {"status": "ok", "version": "1"})

    def test_pages_carry_the_security_headers(self):
        headers = self.client.get(SIGN_IN).headers
        self.assertIn("script-src 'self'", headers["Content-Security-Policy"])
        self.assertEqual(headers["X-Frame-Options"], "DENY")
        self.assertTrue(headers["X-Request-Id"])
