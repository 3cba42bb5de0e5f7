from django.core.exceptions import ValidationError

from business.visit.models import Visit
from business.worker.models import Worker
from workspaces.rules import RequiredWhen
from workspaces.testing import WorkspaceTestCase


class VisitTests(WorkspaceTestCase):
    def test_reception_books_a_visit(self):
        response = self.as_role("desk").post("/visits/new/", self.form_data(Visit, code="A1"))
        self.assertRedirects(response, Visit.objects.get(code="A1").get_absolute_url())

    def test_another_workspace_never_sees_it(self):
        visit = self.make(Visit)
        stranger = self.as_role("owner", self.other_workspace)
        self.assertEqual(stranger.get(visit.get_absolute_url()).status_code, 404)

    def test_only_mechanics_finish(self):
        visit = self.make(Visit)
        self.assert_refused(self.as_role("desk").post(self.url(visit, "transition", "finish")))
        self.assert_allowed(self.as_role("mechanic").post(self.url(visit, "transition", "finish")))
        self.assert_state(visit, "done")

    def test_the_api_lists_only_ours(self):
        self.make(Visit, workspace=self.other_workspace)
        self.assertEqual(self.api("owner").get("/api/v1/visits").json()["count"], 0)

    def test_the_api_creates_changes_and_deletes(self):
        api = self.api("desk")
        created = api.post("/api/v1/visits", self.json_data(Visit, price="45.50"))
        self.assertEqual(created.status_code, 201, created.content)
        path = f"/api/v1/visits/{created.json()['id']}"
        self.assertEqual(api.patch(path, {"price": "50.00"}).json()["price"], "50.00")
        self.assertEqual(api.delete(path).status_code, 204)
        self.assertEqual(api.get(path).status_code, 404)

    def test_a_reference_to_elsewhere_is_no_reason_to_break(self):
        theirs = self.make(Worker, workspace=self.other_workspace)
        needs_worker = RequiredWhen("worker", {"status": ["done"]}, "Di quién la hizo.")
        needs_worker(Visit(worker_id=theirs.pk, status="done"))
        with self.assertRaises(ValidationError):
            needs_worker(Visit(status="done"))
