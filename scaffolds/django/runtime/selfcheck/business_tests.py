"""Child: the business layer's own tests, as the app's role, in the tables that are already there."""

from selfcheck.results import Pipe, business_place

pipe = Pipe()

import django  # noqa: E402

FRAME = 'File "'


def run(check):
    from django.conf import settings

    settings.WHITENOISE_AUTOREFRESH = True  # or every test client would list all static files anew
    settings.SESSION_ENGINE = (
        "django.contrib.sessions.backends.cache"  # signing in is not tested here
    )
    runner = runner_class()(verbosity=1, interactive=False)
    runner.run_tests(["business"])
    skipped = {test.id() for test, _ in runner.result.skipped}
    for test, trace in runner.result.failures + runner.result.errors:
        check.find("test", f"{test.id()}: {last_line(trace)}", **where(test, trace))
    for test in runner.result.unexpectedSuccesses:
        check.find("test", f"{test.id()} passed though it was expected to fail")
    check.facts["tests"] = runner.result.testsRun - len(skipped)
    check.facts["ran"] = [id for id in runner.ran if id not in skipped]
    if not check.facts["tests"]:
        check.find("no-tests", "the business layer has no tests that run")


def runner_class():
    from django.conf import settings
    from django.db import connections
    from django.test.runner import iter_test_cases
    from django.test.utils import get_runner

    class InTheScratchDatabase(get_runner(settings)):
        """The tables are there already, and the owner's connection is not for tests."""

        def run_checks(self, databases):
            pass

        def setup_databases(self, **kwargs):
            return []

        def teardown_databases(self, old_config, **kwargs):
            connections.close_all()

        def run_suite(self, suite, **kwargs):
            self.ran = [test.id() for test in iter_test_cases(suite)]
            self.result = super().run_suite(suite, **kwargs)
            return self.result

    return InTheScratchDatabase


def last_line(trace):
    return trace.strip().splitlines()[-1][:800]


def where(test, trace):
    """The last place in the business layer that the failure passed through."""
    for line in reversed(trace.splitlines()):
        if line.strip().startswith(FRAME):
            name, _, rest = line.strip()[len(FRAME) :].partition('", line ')
            number = rest.split(",")[0]
            place = business_place(name, int(number) if number.isdigit() else None)
            if place:
                return place
    parts = test.id().split(".")
    return {"module": parts[1]} if parts[0] == "business" and len(parts) > 4 else {}


if __name__ == "__main__":
    django.setup()
    with pipe.check("app.tests") as check:
        run(check)
