"""The use cases with a world plugged in, fake or real, in the order of the state machine."""

from chalicelib.deployment.candidate import run_checks
from chalicelib.deployment.handover import hand_over, take_credentials
from chalicelib.deployment.plan import ReportTo
from chalicelib.deployment.provision import provision_database
from chalicelib.deployment.release import migrate_database, push_image, start_service
from chalicelib.deployment.undo import clean_up, tidy
from tests import fakes_keys

REPORT = ReportTo(1, "https://bucket/inbox?signature=x", "nonce")


class Platform:
    def __init__(self, world, settings, bundle):
        self.world, self.settings, self.bundle = world, settings, bundle

    def ports(self, *wanted):
        return {"settings": self.settings} | {name: getattr(self.world, name) for name in wanted}

    def check(self, run, bundle=None, report=REPORT):
        ports = self.ports("registry", "containers", "databases", "secrets")
        return run_checks(run, bundle or self.bundle, report, **ports)

    def provision(self, run):
        return provision_database(run, **self.ports("containers", "databases", "secrets"))

    def push(self, run, image, bundle=None):
        return push_image(run, image, bundle or self.bundle, registry=self.world.registry)

    def migrate(self, run, image):
        return migrate_database(run, image, REPORT, **self.ports("containers", "secrets"))

    def start(self, run, image):
        return start_service(run, image, **self.ports("containers", "routes", "secrets"))

    def hand_over(self, run, image):
        return hand_over(run, image, REPORT, **self.ports("containers", "secrets"))

    def take(self, run):
        trail = fakes_keys.AuditLog()
        return take_credentials(run, by="user:x", trail=trail, **self.ports("secrets"))

    def tidy(self, run):
        tidy(run, **self.ports("containers", "databases", "secrets"))

    def clean_up(self, run):
        clean_up(run, **self.ports("containers", "routes", "databases", "secrets"))

    def deploy(self, run):
        """Up to and with hand-over. Returns the image."""
        image = self.push(run, self.check(run).image)
        self.provision(run)
        self.migrate(run, image)
        self.start(run, image)
        self.hand_over(run, image)
        return image

    def go_live(self, run):
        image = self.deploy(run)
        self.tidy(run)
        return image
