"""Wires: one attribute per port, made when first asked for, so that a Lambda loads only what it uses.

In: `Settings`. Out: the adapters behind the rooms' ports. Callers: doors and tests, nobody else.
The surprise: SDKs are imported inside these functions on purpose; importing this module imports no SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING

from chalicelib.settings import Settings, read_settings
from chalicelib.tenancy.remembered import Remembered
from chalicelib.wires_agents import AgentWires
from chalicelib.wires_billing import BillingWires

if TYPE_CHECKING:
    from chalicelib.adapters.credential_store import PostgresCredentials
    from chalicelib.adapters.database import Database
    from chalicelib.adapters.deletion_store import PostgresDeletionStore
    from chalicelib.adapters.expiry import Expiry
    from chalicelib.adapters.identity_keys import StoredIdentityKeys
    from chalicelib.adapters.invitation_links import PostgresInvitationLinks
    from chalicelib.adapters.job_queue import JobQueue
    from chalicelib.adapters.one_time_tokens import OneTimeTokens
    from chalicelib.adapters.outbox import Outbox
    from chalicelib.adapters.person_store import PostgresPeople
    from chalicelib.catalog.records import Catalogue
    from chalicelib.deployment.ports import (
        AppDatabases,
        AppProbe,
        ContainerServices,
        ImageRegistry,
        Images,
        Routes,
        Secrets,
    )
    from chalicelib.generation.ports import ArtifactStore, RunLog, StateMachine
    from chalicelib.generation.records import AppStore, GenerationStore, WatchList
    from chalicelib.generation.stages import Scaffold
    from chalicelib.identity.api_keys import KeyStore
    from chalicelib.identity.keys import IdentityKeys
    from chalicelib.identity.oauth import Flows, Provider
    from chalicelib.identity.passwords import Passwords
    from chalicelib.identity.provider_people import Identities
    from chalicelib.identity.sealing import Sealer
    from chalicelib.identity.session_records import SessionStore
    from chalicelib.identity.standing import Standings
    from chalicelib.mail.sending import Addressees, Mailer
    from chalicelib.tenancy.answers import IdempotentAnswers
    from chalicelib.tenancy.audit import AuditLog
    from chalicelib.tenancy.exports import ExportStore, TenantFiles
    from chalicelib.tenancy.invitations import InvitationStore
    from chalicelib.tenancy.limits import Counted, Limits
    from chalicelib.tenancy.members import MemberStore
    from chalicelib.tenancy.organizations import OrganizationStore

REFUSED_CALLERS_MAX = 10_000


class Wires(AgentWires, BillingWires):
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    # ---- records ----

    @cached_property
    def database(self) -> Database:
        from chalicelib.adapters.database import Database

        return Database(lambda: self.secrets.value(self.settings.database_secret_id))

    @cached_property
    def api_keys(self) -> KeyStore:
        from chalicelib.adapters.api_key_store import PostgresApiKeyStore

        return PostgresApiKeyStore(self.database)

    @cached_property
    def audit(self) -> AuditLog:
        from chalicelib.adapters.audit_reader import PostgresAuditLog

        return PostgresAuditLog(self.database)

    @cached_property
    def idempotency(self) -> IdempotentAnswers:
        from chalicelib.adapters.idempotency_store import PostgresIdempotentAnswers

        return PostgresIdempotentAnswers(self.database, lambda: self.sealer)

    @cached_property
    def organizations(self) -> OrganizationStore:
        from chalicelib.adapters.organization_store import PostgresOrganizationStore

        return PostgresOrganizationStore(self.database)

    @cached_property
    def members(self) -> MemberStore:
        from chalicelib.adapters.membership_store import PostgresMemberStore

        return PostgresMemberStore(self.database)

    @cached_property
    def invitations(self) -> InvitationStore:
        from chalicelib.adapters.invitation_store import PostgresInvitationStore

        return PostgresInvitationStore(self.database)

    @cached_property
    def invitation_links(self) -> PostgresInvitationLinks:
        from chalicelib.adapters.invitation_links import PostgresInvitationLinks

        return PostgresInvitationLinks(self.database)

    @cached_property
    def expiry(self) -> Expiry:
        from chalicelib.adapters.expiry import Expiry

        return Expiry(self.database)

    @cached_property
    def exports(self) -> ExportStore:
        from chalicelib.adapters.export_store import PostgresExportStore

        return PostgresExportStore(self.database)

    @cached_property
    def deletions(self) -> PostgresDeletionStore:
        from chalicelib.adapters.deletion_store import PostgresDeletionStore

        return PostgresDeletionStore(self.database)

    @cached_property
    def files(self) -> TenantFiles:
        from chalicelib.adapters.artifact_bucket import ArtifactBucket
        from chalicelib.adapters.tenant_files import BucketFiles

        return BucketFiles(ArtifactBucket(self.settings))

    @cached_property
    def apps(self) -> AppStore:
        from chalicelib.adapters.app_store import PostgresAppStore

        return PostgresAppStore(self.database)

    @cached_property
    def generations(self) -> GenerationStore:
        from chalicelib.adapters.generation_store import PostgresGenerationStore

        return PostgresGenerationStore(self.database)

    @cached_property
    def watch_list(self) -> WatchList:
        from chalicelib.adapters.watch_list import PostgresWatchList

        return PostgresWatchList(self.database)

    @cached_property
    def catalogue(self) -> Catalogue:
        from chalicelib.adapters.catalogue_store import PostgresCatalogue

        return PostgresCatalogue(self.database)

    # ---- letters and other work that nobody waits for ----

    @cached_property
    def outbox(self) -> Outbox:
        from chalicelib.adapters.outbox import Outbox

        return Outbox(self.database)

    @cached_property
    def jobs(self) -> JobQueue:
        from chalicelib.adapters.job_queue import JobQueue

        return JobQueue(self.settings)

    @cached_property
    def addressees(self) -> Addressees:
        from chalicelib.adapters.addressees import PostgresAddressees

        return PostgresAddressees(self.database)

    @cached_property
    def mailer(self) -> Mailer:
        from chalicelib.adapters.aws import client
        from chalicelib.adapters.mailer import ATTEMPTS, PATIENCE_S, SesMailer

        ses = client(self.settings, "sesv2", patience_s=PATIENCE_S, attempts=ATTEMPTS)
        return SesMailer(ses, self.settings.mail_from)

    # ---- identity ----

    @cached_property
    def people(self) -> PostgresPeople:
        from chalicelib.adapters.person_store import PostgresPeople

        return PostgresPeople(self.database)

    @cached_property
    def credentials(self) -> PostgresCredentials:
        from chalicelib.adapters.credential_store import PostgresCredentials

        return PostgresCredentials(self.database, self.outbox)

    @cached_property
    def passwords(self) -> Passwords:
        from chalicelib.identity.passwords import Passwords

        return Passwords()

    @cached_property
    def one_time_tokens(self) -> OneTimeTokens:
        from chalicelib.adapters.one_time_tokens import OneTimeTokens

        return OneTimeTokens(self.database)

    @cached_property
    def stored_identity_keys(self) -> StoredIdentityKeys:
        from chalicelib.adapters.identity_keys import StoredIdentityKeys

        return StoredIdentityKeys(self.secrets, self.settings.identity_secret_id)

    @property
    def identity_keys(self) -> IdentityKeys:
        """As they stand now: ask again for each request."""
        return self.stored_identity_keys.current()

    @property
    def sealer(self) -> Sealer:
        return self.identity_keys.sealer

    @cached_property
    def standings(self) -> Standings:
        from chalicelib.adapters.standing_store import PostgresStandings

        return PostgresStandings(self.database)

    @cached_property
    def sessions(self) -> SessionStore:
        from chalicelib.adapters.session_table import SessionTable

        return SessionTable(self.settings)

    @cached_property
    def identities(self) -> Identities:
        from chalicelib.adapters.linked_identities import PostgresLinkedIdentities

        return PostgresLinkedIdentities(self.database, self.outbox)

    @cached_property
    def oauth_flows(self) -> Flows:
        from chalicelib.adapters.oauth_flows import PostgresOauthFlows

        return PostgresOauthFlows(self.database)

    @cached_property
    def oauth_providers(self) -> Mapping[str, Provider]:
        """Those that have a client id in the settings; the secret is beside the identity keys."""
        from chalicelib.adapters.oauth_providers import offered

        return offered(self.settings, lambda: self.identity_keys)

    # ---- limits ----

    @cached_property
    def limits(self) -> Limits:
        from chalicelib.adapters.limit_table import LimitTable

        return LimitTable(self.settings)

    @cached_property
    def refused_callers(self) -> Remembered[bytes, Counted]:
        """By a digest of their credentials."""
        return Remembered(REFUSED_CALLERS_MAX)

    # ---- deployment ----

    @cached_property
    def app_databases(self) -> AppDatabases:
        from chalicelib.adapters.app_databases import AppDatabases

        return AppDatabases(lambda: self.secrets.value(self.settings.app_databases_secret_id))

    @cached_property
    def image_registry(self) -> ImageRegistry:
        from chalicelib.adapters.image_registry import image_registry

        return image_registry(self.settings)

    @cached_property
    def images(self) -> Images:
        from chalicelib.adapters.app_images import EcrImages
        from chalicelib.adapters.aws import client

        return EcrImages(client(self.settings, "ecr"), self.settings.app_repository)

    @cached_property
    def containers(self) -> ContainerServices:
        from chalicelib.adapters.aws import client
        from chalicelib.adapters.container_services import EcsServices
        from chalicelib.deployment.plan import network

        ecs = client(self.settings, "ecs")
        return EcsServices(ecs, self.settings.cluster, network(self.settings))

    @cached_property
    def routes(self) -> Routes:
        from chalicelib.adapters.aws import client
        from chalicelib.adapters.load_balancer import HostRoutes

        return HostRoutes(client(self.settings, "elbv2"), self.settings.listener_arn)

    @cached_property
    def secrets(self) -> Secrets:
        from chalicelib.adapters.aws import client
        from chalicelib.adapters.secrets import SecretsManager

        return SecretsManager(client(self.settings, "secretsmanager"))

    @cached_property
    def app_probe(self) -> AppProbe:
        from chalicelib.adapters.app_probe import HttpAppProbe

        return HttpAppProbe()

    # ---- generation ----

    @cached_property
    def artifacts(self) -> ArtifactStore:
        from chalicelib.adapters.artifact_bucket import ArtifactBucket

        return ArtifactBucket(self.settings)

    @cached_property
    def runs(self) -> RunLog:
        from chalicelib.adapters.run_table import RunTable

        return RunTable(self.settings)

    @cached_property
    def machine(self) -> StateMachine:
        from chalicelib.adapters.step_functions import StepFunctions

        return StepFunctions(self.settings)

    @cached_property
    def scaffold(self) -> Scaffold:
        from chalicelib.generation import scaffold

        return scaffold


@cache
def wires() -> Wires:
    """The process's wires; settings faults surface here, at the first use."""
    return Wires(read_settings())
