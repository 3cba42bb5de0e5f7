from django.test import Client

from api.models import ApiToken
from business.customer.models import Customer
from business.visit.models import Visit
from workspaces.testing import WorkspaceTestCase

PATH = "/api/v1/visits"


class ApiTests(WorkspaceTestCase):
    def test_needs_a_token_or_a_session(self):
        for response in (Client().get(PATH), Client().post(PATH, {}, "application/json")):
            self.assertEqual(response.status_code, 401)
            self.assertEqual(response.headers["Content-Type"], "application/problem+json")

    def test_a_wrong_token_opens_nothing(self):
        self.assertEqual(Client().get(PATH, headers={"Authorization": "Bearer x"}).status_code, 401)

    def test_a_session_needs_the_csrf_token_to_write(self):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(self.person("desk"))
        self.assertEqual(browser.get(PATH).status_code, 200)
        self.assertEqual(browser.post(PATH, {}, "application/json").status_code, 403)

    def test_a_token_is_shown_once_and_kept_as_a_digest(self):
        browser = self.as_role("desk")
        page = browser.post("/accounts/tokens/", {"name": "Script"})
        secret = page.context["secret"]
        self.assertNotIn(secret, browser.get("/accounts/profile/").content.decode())
        self.assertNotEqual(ApiToken.objects.get().digest, secret)
        browser.post(f"/accounts/tokens/{ApiToken.objects.get().pk}/revoke/")
        headers = {"Authorization": f"Bearer {secret}"}
        self.assertEqual(Client().get(PATH, headers=headers).status_code, 401)

    def test_roles_decide_as_on_screen(self):
        self.assertEqual(self.api("mechanic").post(PATH, self.json_data(Visit)).status_code, 403)
        self.assertEqual(self.api("mechanic").get("/api/v1/workers").status_code, 403)

    def test_another_workspaces_row_does_not_exist(self):
        path = f"{PATH}/{self.make(Visit, workspace=self.other_workspace).pk}"
        api = self.api("owner")
        answers = [
            api.get(path),
            api.patch(path, {}),
            api.delete(path),
            api.post(f"{path}/transitions/finish"),
        ]
        self.assertEqual([answer.status_code for answer in answers], [404] * 4)

    def test_another_workspaces_row_cannot_be_referred_to(self):
        theirs = self.make(Customer, workspace=self.other_workspace)
        data = self.json_data(Visit) | {"customer_id": theirs.pk}
        self.assert_invalid(self.api("desk").post(PATH, data), "customer")

    def test_the_state_changes_through_transitions_only(self):
        visit, api = self.make(Visit), self.api("owner")
        api.patch(f"{PATH}/{visit.pk}", {"status": "done"})
        self.assert_state(visit, "planned")
        moved = api.post(f"{PATH}/{visit.pk}/transitions/finish")
        self.assertEqual(moved.json()["status"], "done")
        self.assertEqual(api.post(f"{PATH}/{visit.pk}/transitions/finish").status_code, 409)

    def test_rules_and_constraints_answer_422_with_their_fields(self):
        visit = self.make(Visit)
        response = self.api("desk").post(PATH, self.json_data(Visit, code=visit.code, price=9999))
        self.assert_invalid(response, "price")
        self.assert_invalid(response, "code")

    def test_what_others_need_answers_409(self):
        visit = self.make(Visit)
        response = self.api("owner").delete(f"/api/v1/customers/{visit.customer_id}")
        self.assertEqual(response.status_code, 409)

    def test_lists_search_filter_and_page_as_on_screen(self):
        for name in ("Ana", "Eva", "Evaristo"):
            self.make(Customer, name=name)
        answer = self.api("desk").get("/api/v1/customers?search=eva&page_size=1&sort=-name").json()
        self.assertEqual(
            (answer["count"], [one["name"] for one in answer["items"]]), (2, ["Evaristo"])
        )

    def test_describes_itself_to_members(self):
        self.assertEqual(Client().get("/api/v1/openapi.json").status_code, 302)
        described = self.as_role("desk").get("/api/v1/openapi.json").json()
        self.assertIn("/api/v1/visits/{id}/transitions/{key}", described["paths"])
        self.assert_allowed(self.as_role("desk").get("/api/v1/docs"))
