"""The API as types: written by `tests/cli/typed_client.py` from `docs/openapi.json`, not by hand.

In: nothing. Out: the shapes of bodies and answers, and `TypedApi` with a signature for each operation. Callers: `client.py`
and the commands. The surprise: paths are literals with their gaps, so the type checker knows what each one answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict, overload


class Acceptance(TypedDict):
    token: str


class Accepted(TypedDict):
    message: str


class AccessShown(TypedDict):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in_s: int
    session_id: str
    organization_id: str | None
    role: Literal["owner", "admin", "builder", "viewer"] | None


class AheadShown(TypedDict):
    happens_at: str
    what: Literal[
        "renews",
        "changes_plan",
        "ends",
        "trial_ends",
        "tries_again",
        "grace",
        "read_only",
        "lapsed",
    ]
    plan: Literal["free", "starter", "pro", "scale"] | None


class AppShown(TypedDict):
    id: str
    name: str
    slug: str
    locale: str
    mvs_sha256: str
    live_generation_id: str | None
    url: str | None
    created_at: str
    updated_at: str


class Approval(TypedDict):
    version: int
    start: NotRequired[bool]
    anyway: NotRequired[bool]
    budget_microdollars: NotRequired[int | None]


class AuditLine(TypedDict):
    id: int
    recorded_at: str
    actor: str
    actor_name: str | None
    action: str
    subject_id: str
    source_ip: str | None
    user_agent: str | None
    request_id: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    facts: dict[str, Any]


class AuditPage(TypedDict):
    items: list[AuditLine]
    next_cursor: str | None


class BlueprintDetail(TypedDict):
    key: str
    name: str
    summary: str
    entities: list[str]
    roles: list[str]
    is_shared: bool
    mvs: dict[str, Any]


class BlueprintShown(TypedDict):
    key: str
    name: str
    summary: str
    entities: list[str]
    roles: list[str]
    is_shared: bool


class CallShown(TypedDict):
    source: str
    role: str
    model: str
    prompt_sha256: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_microdollars: int
    duration_ms: int
    stop_reason: str
    called_at: str


class ChangeShown(TypedDict):
    plan_now: Literal["free", "starter", "pro", "scale"]
    plan: Literal["free", "starter", "pro", "scale"]
    happens: Literal["now", "at_period_end", "never"]
    happens_at: str | None
    amount_due: int
    currency: str | None


class CheckoutShown(TypedDict):
    plan: Literal["starter", "pro", "scale"]
    status: Literal["open", "complete", "expired"]
    page_url: str | None
    expires_at: str


class CheckoutWanted(TypedDict):
    plan: Literal["starter", "pro", "scale"]


class Choice(TypedDict):
    words: str


class CodeSent(TypedDict):
    code: str


class Credentials(TypedDict):
    url: str
    username: str
    password: str


class DeviceShown(TypedDict):
    device: str


class Difference(TypedDict):
    path: str
    kind: Literal["added", "changed", "removed"]
    before: Any
    after: Any
    words: str


class DiscoveryBegun(TypedDict):
    """
    All of it may be left out: then a first question comes.
    """

    brief: NotRequired[str]
    blueprint: NotRequired[str | None]
    industry: NotRequired[str | None]
    language: NotRequired[Literal["es", "en"] | None]
    engine: NotRequired[Literal["offline", "claude"] | None]


class DiscoveryListed(TypedDict):
    id: str
    title: str
    locale: Literal["es", "en"]
    engine: str
    status: Literal["open", "approved", "abandoned"]
    blueprint: str | None
    industry: str | None
    mvs_version: int
    app_id: str | None
    created_by: str
    created_at: str
    updated_at: str
    ended_at: str | None


class DiscoveryPage(TypedDict):
    items: list[DiscoveryListed]
    next_cursor: str | None


class Document(TypedDict):
    name: str
    url: str


class Documents(TypedDict):
    items: list[Document]


class Event(TypedDict):
    id: str
    at: str
    stage: str
    module: str | None
    round: int
    status: Literal["started", "done", "failed", "note"]
    message: str
    ms: int | None
    cost_microdollars: int | None
    attempt: int | None


class EventHeard(TypedDict):
    outcome: Literal[
        "applied",
        "known",
        "ignored",
        "unknown_customer",
        "former_customer",
        "foreign",
        "too_old",
        "unreadable",
    ]


class Events(TypedDict):
    items: list[Event]


class ExportShown(TypedDict):
    id: str
    status: Literal["pending", "ready", "failed", "expired"]
    created_at: str
    ready_at: str | None
    size_bytes: int | None
    url: str | None


class Failure(TypedDict):
    stage: str
    error: str | None
    reason: str | None


class Fault(TypedDict):
    path: str
    message: str
    cure: str


class FinishSent(TypedDict):
    code: str
    state: str
    flow: str
    device: NotRequired[str | None]


class ForecastShown(TypedDict):
    """
    At the period's end, if it goes on as so far: a straight line, within what the plan and its people allow.
    """

    generations: int
    tokens: int
    beyond_generations: int
    beyond_tokens: int
    amount: int


class ForgotPassword(TypedDict):
    email: str


class GenerationShown(TypedDict):
    id: str
    app_id: str
    version: int
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    engine: str
    budget_microdollars: int
    resumes_generation_id: str | None
    is_charged: bool
    is_overage: bool
    mvs_sha256: str
    url: str | None
    created_by: str
    created_at: str
    started_at: str | None
    ended_at: str | None
    failure: Failure | None
    can_be_resumed: bool


class GenerationWanted(TypedDict):
    budget_microdollars: NotRequired[int | None]


class HowPaidShown(TypedDict):
    state: Literal["none", "good", "expires_soon", "expired"]
    kind: str | None
    label: str | None
    expires: str | None


class IdentityShown(TypedDict):
    provider: Literal["google", "github"]
    email: str
    linked_at: str


class ImportWanted(TypedDict):
    filename: str


class InvitationShown(TypedDict):
    id: str
    email: str
    role: Literal["owner", "admin", "builder", "viewer"]
    locale: str
    status: Literal["open", "accepted", "revoked", "expired"]
    invited_by: str
    created_at: str
    expires_at: str
    accepted_at: str | None
    revoked_at: str | None


class InvitationWanted(TypedDict):
    email: str
    role: Literal["owner", "admin", "builder", "viewer"]
    locale: NotRequired[Literal["es", "en"]]


class InvoiceShown(TypedDict):
    id: str
    number: str | None
    status: str
    reason: str | None
    currency: str
    total: int
    amount_due: int
    amount_paid: int
    amount_remaining: int
    made_at: str
    paid_at: str | None
    period_started_at: str
    period_ends_at: str
    next_attempt_at: str | None
    needs_action: bool
    page_url: str | None
    pdf_url: str | None


class JoinedShown(TypedDict):
    organization_id: str
    organization_name: str
    user_id: str
    role: Literal["owner", "admin", "builder", "viewer"]


class Key(TypedDict):
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class KeyBrought(TypedDict):
    key: str


class KeySet(TypedDict):
    keys: list[Key]


class KeyShown(TypedDict):
    id: str
    prefix: str
    name: str
    role: Literal["owner", "admin", "builder", "viewer"]
    scopes: list[
        Literal[
            "apps:read",
            "apps:write",
            "apps:delete",
            "discoveries:read",
            "discoveries:write",
            "generations:read",
            "generations:start",
            "generations:cancel",
            "usage:read",
            "audit:read",
            "people:read",
            "people:manage",
            "keys:manage",
            "organization:read",
            "organization:manage",
            "billing:manage",
        ]
    ]
    state: Literal["live", "expired", "revoked"]
    created_by: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class KeyShownOnce(TypedDict):
    id: str
    prefix: str
    name: str
    role: Literal["owner", "admin", "builder", "viewer"]
    scopes: list[
        Literal[
            "apps:read",
            "apps:write",
            "apps:delete",
            "discoveries:read",
            "discoveries:write",
            "generations:read",
            "generations:start",
            "generations:cancel",
            "usage:read",
            "audit:read",
            "people:read",
            "people:manage",
            "keys:manage",
            "organization:read",
            "organization:manage",
            "billing:manage",
        ]
    ]
    state: Literal["live", "expired", "revoked"]
    created_by: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    key: str


class KeyWanted(TypedDict):
    name: str
    role: Literal["owner", "admin", "builder", "viewer"]
    scopes: NotRequired[
        list[
            Literal[
                "apps:read",
                "apps:write",
                "apps:delete",
                "discoveries:read",
                "discoveries:write",
                "generations:read",
                "generations:start",
                "generations:cancel",
                "usage:read",
                "audit:read",
                "people:read",
                "people:manage",
                "keys:manage",
                "organization:read",
                "organization:manage",
                "billing:manage",
            ]
        ]
    ]
    expires_at: NotRequired[str | None]


class LineShown(TypedDict):
    meter: Literal["generations", "tokens"]
    used: int
    included: int
    beyond: int
    unit_amount: str
    amount: int


class LinkFinishSent(TypedDict):
    code: str
    state: str
    flow: str


class LinkSent(TypedDict):
    token: str


class LinkStartSent(TypedDict):
    password: NotRequired[str | None]
    redirect_uri: str


class MeChange(TypedDict):
    name: NotRequired[str | None]
    locale: NotRequired[Literal["es", "en"] | None]


class MeShown(TypedDict):
    id: str
    email: str
    name: str
    locale: Literal["es", "en"]
    created_at: str
    has_password: bool
    has_second_factor: bool
    recovery_codes_left: int
    organization_id: str | None
    role: Literal["owner", "admin", "builder", "viewer"] | None


class MemberShown(TypedDict):
    user_id: str
    email: str
    name: str
    role: Literal["owner", "admin", "builder", "viewer"]
    joined_at: str
    has_second_factor: bool | None


class MessageSent(TypedDict):
    text: str


class MeterEventShown(TypedDict):
    id: str
    meter: Literal["generations", "tokens"]
    quantity: int
    generation_id: str | None
    discovery_id: str | None
    happened_at: str
    dated_at: str | None
    state: Literal["waiting", "sent", "refused"]
    refused_reason: str | None


class MinutesShown(TypedDict):
    low: float
    expected: float
    most: float


class Missing(TypedDict):
    key: str
    question: str
    weight: int


class ModelKeyShown(TypedDict):
    last_four: str
    since: str


class MvsEdited(TypedDict):
    mvs: dict[str, Any]
    version: int


class MvsSent(TypedDict):
    mvs: dict[str, Any]


class NewOrganization(TypedDict):
    name: str
    locale: NotRequired[Literal["es", "en"]]


class NewcomersAcceptance(TypedDict):
    token: str
    name: str
    password: str
    locale: NotRequired[Literal["es", "en"]]


class Note(TypedDict):
    code: str
    message: str


class OfferedShown(TypedDict):
    plan: Literal["free", "starter", "pro", "scale"]
    generations: int
    parallel_generations: int
    seats: int
    tokens: int
    has_overage: bool
    month_price: int


class OrganizationChange(TypedDict):
    name: NotRequired[str | None]
    locale: NotRequired[Literal["es", "en"] | None]


class OrganizationChosen(TypedDict):
    organization_id: str


class OrganizationOfMine(TypedDict):
    id: str
    name: str
    plan: Literal["free", "starter", "pro", "scale"]
    role: Literal["owner", "admin", "builder", "viewer"]
    joined_at: str
    deletion_due_at: str | None


class OrganizationsOfMine(TypedDict):
    items: list[OrganizationOfMine]


class OverageShown(TypedDict):
    is_offered: bool
    generations_max: int
    generations_used: int


class OverageWanted(TypedDict):
    generations_max: int


class OverlayShown(TypedDict):
    industry: str
    name: str
    summary: str
    blueprint: str | None
    adds: list[str]
    roles: list[str]
    is_shared: bool


class PasswordAgain(TypedDict):
    password: NotRequired[str | None]


class PasswordChange(TypedDict):
    current_password: str
    new_password: str


class PasswordReset(TypedDict):
    token: str
    password: str


class PeriodShown(TypedDict):
    started_at: str
    ends_at: str


class Placed(TypedDict):
    entity: str
    fields: dict[str, str]


class PlanWanted(TypedDict):
    plan: Literal["free", "starter", "pro", "scale"]


class PortalShown(TypedDict):
    page_url: str


class PreviewShown(TypedDict):
    organization_name: str
    email: str
    role: Literal["owner", "admin", "builder", "viewer"]
    locale: str
    expires_at: str


class Problem(TypedDict):
    """
    Why a request was not served, and what to do.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]


class ProblemOfDecline(TypedDict):
    """
    The payment was declined, or the bank wants it confirmed; nothing has changed.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    reason: NotRequired[str | None]
    page_url: NotRequired[str | None]


class ProblemOfPace(TypedDict):
    """
    Too many requests; the same one works after `Retry-After` seconds.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    retry_after_s: NotRequired[int]


class ProblemOfPayment(TypedDict):
    """
    Something is to be paid first.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    billing_state: NotRequired[Literal["current", "past_due", "grace", "read_only", "lapsed"]]
    page_url: NotRequired[str | None]


class ProblemOfPermission(TypedDict):
    """
    The caller is known and may not do this.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    permission: NotRequired[str]


class ProblemOfPlan(TypedDict):
    """
    The plan has no more of it at this moment.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    limit: NotRequired[int]
    used: NotRequired[int]
    plan: NotRequired[Literal["free", "starter", "pro", "scale"] | None]
    next_plan: NotRequired[Literal["free", "starter", "pro", "scale"] | None]


class ProblemOfQuota(TypedDict):
    """
    The plan's quota of the period is used up, what is allowed beyond it too.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    limit: NotRequired[int]
    used: NotRequired[int]
    plan: NotRequired[Literal["free", "starter", "pro", "scale"] | None]
    next_plan: NotRequired[Literal["free", "starter", "pro", "scale"] | None]
    unit: NotRequired[Literal["generations", "tokens"]]
    resets_at: NotRequired[str | None]
    overage_max: NotRequired[int]
    can_allow_overage: NotRequired[bool]


class ProblemOfSize(TypedDict):
    """
    More was sent than is read.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    limit_bytes: NotRequired[int]


class ProblemWithFaults(TypedDict):
    """
    The request is malformed; every fault is listed.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    errors: list[Fault]


class ProblemWithMvsFaults(TypedDict):
    """
    The MVS has faults; at most 100 are listed.
    """

    type: str
    title: str
    status: NotRequired[int]
    detail: NotRequired[str]
    instance: NotRequired[str]
    errors: list[Fault]
    count: int


class ProofSent(TypedDict):
    code: NotRequired[str | None]
    recovery_code: NotRequired[str | None]


class ProviderShown(TypedDict):
    provider: Literal["google", "github"]
    name: str


class RangeShown(TypedDict):
    low: int
    expected: int
    most: int


class RecoveryCodesShown(TypedDict):
    recovery_codes: list[str]


class RefreshSent(TypedDict):
    refresh_token: str


class Refusal(TypedDict):
    code: str
    reason: str
    cure: str


class RemovalSent(TypedDict):
    code: NotRequired[str | None]
    recovery_code: NotRequired[str | None]
    password: NotRequired[str | None]


class RoleQuoteShown(TypedDict):
    role: str
    model: str
    calls: RangeShown
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    microdollars: RangeShown


class RoleWanted(TypedDict):
    role: Literal["owner", "admin", "builder", "viewer"]


class RowShown(TypedDict):
    generation_id: str | None
    discovery_id: str | None
    day: str | None
    model: str | None
    generations: int
    tokens: int
    beyond_generations: int
    beyond_tokens: int
    amount: int
    exact: str
    meter_event_ids: list[str]


class SecondFactorBegun(TypedDict):
    secret: str
    uri: str


class SecondFactorSent(TypedDict):
    challenge: str
    code: NotRequired[str | None]
    recovery_code: NotRequired[str | None]
    device: NotRequired[str | None]


class SessionShown(TypedDict):
    id: str
    is_current: bool
    organization_id: str | None
    amr: list[str]
    began_at: str
    last_used_at: str
    expires_at: str
    ip: str | None
    user_agent: str | None


class ShareShown(TypedDict):
    limit: int
    used: int


class SignInWanted(TypedDict):
    email: str
    password: str
    device: NotRequired[str | None]
    organization_id: NotRequired[str | None]


class SignUpConfirmed(TypedDict):
    token: str
    password: str


class SignUpWanted(TypedDict):
    email: str
    name: str
    organization: str
    locale: NotRequired[Literal["es", "en"] | None]


class SignedInShown(TypedDict):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in_s: int
    session_id: str
    organization_id: str | None
    role: Literal["owner", "admin", "builder", "viewer"] | None
    refresh_token: str
    device: str
    organizations: list[OrganizationOfMine]


class StartSent(TypedDict):
    redirect_uri: str


class StartShown(TypedDict):
    authorization_url: str
    flow: str


class SubscribedShown(TypedDict):
    status: str
    plan: Literal["free", "starter", "pro", "scale"] | None
    currency: str
    began_at: str
    is_ending: bool
    ends_at: str | None
    trial_ends_at: str | None
    is_paused: bool
    pending_plan: Literal["free", "starter", "pro", "scale"] | None
    pending_at: str | None


class SuccessorNamed(TypedDict):
    user_id: str


class TestShown(TypedDict):
    name: str
    result: Literal["passed", "failed", "not_run"]


class TokensShown(TypedDict):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in_s: int
    session_id: str
    organization_id: str | None
    role: Literal["owner", "admin", "builder", "viewer"] | None
    refresh_token: str


class Total(TypedDict):
    role: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_microdollars: int


class TraceCounts(TypedDict):
    requirements: int
    by_tests: int
    by_checks: int
    in_words: int
    unproved: int


class TurnFailure(TypedDict):
    error: str
    reason: str


class TypedName(TypedDict):
    name: str


class UploadTo(TypedDict):
    method: Literal["PUT"]
    url: str
    headers: dict[str, str]


class ValueLeftOut(TypedDict):
    sheet: str
    row: int
    column: str
    value: str
    code: str
    message: str


class Verified(TypedDict):
    email: str
    organization_id: str | None
    organization_name: str | None
    device: str


class AppPage(TypedDict):
    items: list[AppShown]
    next_cursor: str | None


class Approved(TypedDict):
    app: AppShown
    generation: GenerationShown | None


class Asked(TypedDict):
    about: str
    options: list[Choice]


class BillShown(TypedDict):
    currency: str
    is_beyond_allowed: bool
    lines: list[LineShown]
    amount: int
    forecast: ForecastShown | None
    plan: Literal["free", "starter", "pro", "scale"]
    period_started_at: str
    period_ends_at: str | None
    rows: list[RowShown]
    meter_events: list[MeterEventShown]
    periods: list[str]


class BlueprintList(TypedDict):
    items: list[BlueprintShown]


class ColumnFound(TypedDict):
    label: str
    key: str
    type: Literal[
        "text",
        "long_text",
        "integer",
        "decimal",
        "money",
        "boolean",
        "date",
        "datetime",
        "email",
        "phone",
        "url",
        "choice",
        "reference",
        "file",
        "computed",
    ]
    to: str | None
    required: bool
    unique: bool
    filled: int
    notes: list[Note]


class Completeness(TypedDict):
    score: int
    threshold: int
    missing: list[Missing]


class ConsumptionShown(TypedDict):
    """
    What a period came to so far.
    """

    currency: str
    is_beyond_allowed: bool
    lines: list[LineShown]
    amount: int
    forecast: ForecastShown | None


class DiscoveryShown(TypedDict):
    id: str
    title: str
    locale: Literal["es", "en"]
    engine: str
    status: Literal["open", "approved", "abandoned"]
    blueprint: str | None
    industry: str | None
    mvs_version: int
    app_id: str | None
    created_by: str
    created_at: str
    updated_at: str
    ended_at: str | None
    mvs: dict[str, Any] | None
    completeness: Completeness | None


class GenerationPage(TypedDict):
    items: list[GenerationShown]
    next_cursor: str | None


class IdentityList(TypedDict):
    items: list[IdentityShown]


class InvitationPage(TypedDict):
    items: list[InvitationShown]
    next_cursor: str | None


class InvoicePage(TypedDict):
    items: list[InvoiceShown]
    next_cursor: str | None


class KeyPage(TypedDict):
    items: list[KeyShown]
    next_cursor: str | None


class MemberList(TypedDict):
    items: list[MemberShown]


class MonthUsageShown(TypedDict):
    month: str
    budget_microdollars: int
    spent_microdollars: int
    reserved_microdollars: int
    left_microdollars: int
    totals: list[Total]


class MvsAtVersion(TypedDict):
    version: int
    mvs: dict[str, Any] | None
    completeness: Completeness | None


class OfferShown(TypedDict):
    is_for_sale: bool
    currency: str
    generation_price: int
    million_tokens_price: int
    plans: list[OfferedShown]


class OverlayList(TypedDict):
    items: list[OverlayShown]


class ProviderList(TypedDict):
    items: list[ProviderShown]


class QuotaShown(TypedDict):
    plan: Literal["free", "starter", "pro", "scale"]
    period_started_at: str
    resets_at: str
    limit: int
    used: int
    left: int
    overage: OverageShown
    running: ShareShown
    seats: ShareShown


class QuoteShown(TypedDict):
    engine: str
    microdollars: RangeShown
    minutes: MinutesShown
    roles: list[RoleQuoteShown]
    basis: list[str]
    prices_source: str
    prices_read_at: str


class RequirementTraced(TypedDict):
    id: str
    kind: str
    text: str
    about: str
    module: str | None
    entity: str | None
    rule: str | None
    screen: str | None
    files: list[str]
    tests: list[TestShown]
    proof: Literal["tests", "checks", "in_words", "none"]
    evidence: str


class RunUsageShown(TypedDict):
    generation_id: str
    budget_microdollars: int
    spent_microdollars: int
    reserved_microdollars: int
    left_microdollars: int
    totals: list[Total]
    calls: list[CallShown]


class SessionList(TypedDict):
    items: list[SessionShown]


class SheetFound(TypedDict):
    name: str
    entity: str
    label: str
    header_row: int
    rows: int
    columns: list[ColumnFound]
    notes: list[Note]


class SubscriptionShown(TypedDict):
    plan: Literal["free", "starter", "pro", "scale"]
    state: Literal["current", "past_due", "grace", "read_only", "lapsed"]
    state_ends_at: str | None
    period: PeriodShown
    quota: QuotaShown
    usage: ConsumptionShown
    subscription: SubscribedShown | None
    ahead: list[AheadShown]
    overage_generations_max: int
    open_invoice: InvoiceShown | None
    checkout: CheckoutShown | None


class TraceShown(TypedDict):
    round: int
    checks: dict[str, bool]
    requirements: list[RequirementTraced]
    counts: TraceCounts
    unproved: list[str]


class TurnShown(TypedDict):
    discovery_id: str
    number: int
    kind: Literal["message", "edit", "import", "undo"]
    status: Literal["running", "done", "failed"]
    attempt: int
    said: str
    reply: str
    partial: str
    ask: Asked | None
    changes: list[dict[str, Any]]
    diff: list[Difference]
    failure: TurnFailure | None
    created_by: str
    created_at: str
    ended_at: str | None


class Turns(TypedDict):
    items: list[TurnShown]


class Verdict(TypedDict):
    valid: bool
    errors: list[Fault]
    count: int
    completeness: Completeness | None


class ImportReport(TypedDict):
    version: int
    format: str
    encoding: str
    separator: str
    sheets: list[SheetFound]
    rows: int
    faults: list[ValueLeftOut]
    faults_count: int
    notes: list[Note]
    refused: Refusal | None
    placed: dict[str, Placed]


class ImportShown(TypedDict):
    id: str
    discovery_id: str
    filename: str
    status: Literal["waiting", "merged", "refused"]
    report: ImportReport | None
    created_by: str
    created_at: str
    ended_at: str | None


class Imports(TypedDict):
    items: list[ImportShown]


class OrganizationShown(TypedDict):
    id: str
    name: str
    plan: Literal["free", "starter", "pro", "scale"]
    locale: str
    role: Literal["owner", "admin", "builder", "viewer"]
    billing_state: Literal["current", "past_due", "grace", "read_only", "lapsed"]
    quota: QuotaShown
    created_at: str
    deletion_due_at: str | None


class ImportAnnounced(TypedDict):
    id: str
    discovery_id: str
    filename: str
    status: Literal["waiting", "merged", "refused"]
    report: ImportReport | None
    created_by: str
    created_at: str
    ended_at: str | None
    upload: UploadTo
    bytes_max: int


class TypedApi:
    """What the API offers; `call` does it."""

    @overload
    def get(self, path: Literal["/v1/apps"], *, limit: int = ..., cursor: str = ...) -> AppPage: ...
    @overload
    def get(self, path: Literal["/v1/apps/{app_id}"], *, app_id: str) -> AppShown: ...
    @overload
    def get(self, path: Literal["/v1/apps/{app_id}/mvs"], *, app_id: str) -> dict[str, Any]: ...
    @overload
    def get(
        self,
        path: Literal["/v1/audit"],
        *,
        actor: str = ...,
        action: str = ...,
        subject_id: str = ...,
        from_: str = ...,
        to: str = ...,
        cursor: str = ...,
        limit: int = ...,
    ) -> AuditPage: ...
    @overload
    def get(
        self,
        path: Literal["/v1/audit.csv"],
        *,
        actor: str = ...,
        action: str = ...,
        subject_id: str = ...,
        from_: str = ...,
        to: str = ...,
        cursor: str = ...,
    ) -> str: ...
    @overload
    def get(self, path: Literal["/v1/plans"]) -> OfferShown: ...
    @overload
    def get(self, path: Literal["/v1/billing/subscription"]) -> SubscriptionShown: ...
    @overload
    def get(
        self,
        path: Literal["/v1/billing/plan-change"],
        *,
        plan: Literal["free", "starter", "pro", "scale"],
    ) -> ChangeShown: ...
    @overload
    def get(
        self, path: Literal["/v1/billing/invoices"], *, limit: int = ..., cursor: str = ...
    ) -> InvoicePage: ...
    @overload
    def get(self, path: Literal["/v1/billing/payment-method"]) -> HowPaidShown: ...
    @overload
    def get(
        self,
        path: Literal["/v1/billing/usage"],
        *,
        group_by: Literal["generation", "day", "model"] = ...,
        period: str = ...,
    ) -> BillShown: ...
    @overload
    def get(
        self, path: Literal["/v1/blueprints"], *, locale: Literal["es", "en"] = ...
    ) -> BlueprintList: ...
    @overload
    def get(
        self,
        path: Literal["/v1/blueprints/{key}"],
        *,
        key: str,
        locale: Literal["es", "en"] = ...,
        industry: str = ...,
        name: str = ...,
    ) -> BlueprintDetail: ...
    @overload
    def get(
        self, path: Literal["/v1/industry-overlays"], *, locale: Literal["es", "en"] = ...
    ) -> OverlayList: ...
    @overload
    def get(
        self, path: Literal["/v1/discoveries"], *, limit: int = ..., cursor: str = ...
    ) -> DiscoveryPage: ...
    @overload
    def get(
        self, path: Literal["/v1/discoveries/{discovery_id}"], *, discovery_id: str
    ) -> DiscoveryShown: ...
    @overload
    def get(
        self,
        path: Literal["/v1/discoveries/{discovery_id}/turns"],
        *,
        discovery_id: str,
        after: int = ...,
        limit: int = ...,
    ) -> Turns: ...
    @overload
    def get(
        self,
        path: Literal["/v1/discoveries/{discovery_id}/turns/{number}"],
        *,
        discovery_id: str,
        number: str,
    ) -> TurnShown: ...
    @overload
    def get(
        self, path: Literal["/v1/discoveries/{discovery_id}/mvs"], *, discovery_id: str
    ) -> MvsAtVersion: ...
    @overload
    def get(
        self,
        path: Literal["/v1/apps/{app_id}/generations"],
        *,
        app_id: str,
        limit: int = ...,
        cursor: str = ...,
    ) -> GenerationPage: ...
    @overload
    def get(
        self, path: Literal["/v1/generations/{generation_id}"], *, generation_id: str
    ) -> GenerationShown: ...
    @overload
    def get(
        self,
        path: Literal["/v1/generations/{generation_id}/events"],
        *,
        generation_id: str,
        after: str = ...,
    ) -> Events: ...
    @overload
    def get(
        self, path: Literal["/v1/generations/{generation_id}/trace"], *, generation_id: str
    ) -> TraceShown: ...
    @overload
    def get(
        self, path: Literal["/v1/generations/{generation_id}/artifacts"], *, generation_id: str
    ) -> Documents: ...
    @overload
    def get(
        self, path: Literal["/v1/discoveries/{discovery_id}/imports"], *, discovery_id: str
    ) -> Imports: ...
    @overload
    def get(
        self,
        path: Literal["/v1/discoveries/{discovery_id}/imports/{import_id}"],
        *,
        discovery_id: str,
        import_id: str,
    ) -> ImportShown: ...
    @overload
    def get(
        self, path: Literal["/v1/invitations"], *, limit: int = ..., cursor: str = ...
    ) -> InvitationPage: ...
    @overload
    def get(
        self, path: Literal["/v1/api-keys"], *, limit: int = ..., cursor: str = ...
    ) -> KeyPage: ...
    @overload
    def get(self, path: Literal["/v1/me"]) -> MeShown: ...
    @overload
    def get(self, path: Literal["/v1/me/organizations"]) -> OrganizationsOfMine: ...
    @overload
    def get(self, path: Literal["/v1/members"]) -> MemberList: ...
    @overload
    def get(self, path: Literal["/v1/apps/{app_id}/quote"], *, app_id: str) -> QuoteShown: ...
    @overload
    def get(
        self, path: Literal["/v1/generations/{generation_id}/usage"], *, generation_id: str
    ) -> RunUsageShown: ...
    @overload
    def get(self, path: Literal["/v1/usage"], *, month: str = ...) -> MonthUsageShown: ...
    @overload
    def get(self, path: Literal["/v1/organization/model-key"]) -> ModelKeyShown: ...
    @overload
    def get(self, path: Literal["/v1/schemas/mvs"]) -> dict[str, Any]: ...
    @overload
    def get(self, path: Literal["/v1/auth/providers"]) -> ProviderList: ...
    @overload
    def get(self, path: Literal["/v1/me/identities"]) -> IdentityList: ...
    @overload
    def get(self, path: Literal["/v1/organization"]) -> OrganizationShown: ...
    @overload
    def get(self, path: Literal["/v1/organization/quota"]) -> QuotaShown: ...
    @overload
    def get(
        self, path: Literal["/v1/organization/exports/{export_id}"], *, export_id: str
    ) -> ExportShown: ...
    @overload
    def get(self, path: Literal["/v1/openapi.json"]) -> dict[str, Any]: ...
    @overload
    def get(self, path: Literal["/v1/auth/sessions"]) -> SessionList: ...
    @overload
    def get(self, path: Literal["/.well-known/jwks.json"]) -> KeySet: ...
    @overload
    def get(self, path: Literal["/v1/jwks"]) -> KeySet: ...
    def get(self, path: str, **given: Any) -> Any:
        return self.call("GET", path, None, given)

    @overload
    def post(
        self, path: Literal["/v1/apps"], body: MvsSent, *, idempotency_key: str = ...
    ) -> AppShown: ...
    @overload
    def post(
        self, path: Literal["/v1/auth/sign-up"], body: SignUpWanted, *, idempotency_key: str = ...
    ) -> Accepted: ...
    @overload
    def post(self, path: Literal["/v1/auth/email/verify"], body: SignUpConfirmed) -> Verified: ...
    @overload
    def post(self, path: Literal["/v1/auth/sign-in"], body: SignInWanted) -> SignedInShown: ...
    @overload
    def post(
        self, path: Literal["/v1/auth/sign-in/second-factor"], body: SecondFactorSent
    ) -> SignedInShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/billing/checkout"],
        body: CheckoutWanted,
        *,
        idempotency_key: str = ...,
    ) -> CheckoutShown: ...
    @overload
    def post(self, path: Literal["/v1/billing/portal"]) -> PortalShown: ...
    @overload
    def post(self, path: Literal["/v1/billing/cancel"]) -> SubscriptionShown: ...
    @overload
    def post(self, path: Literal["/v1/billing/resume"]) -> SubscriptionShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/discoveries"],
        body: DiscoveryBegun | None = ...,
        *,
        idempotency_key: str = ...,
    ) -> DiscoveryShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/discoveries/{discovery_id}/messages"],
        body: MessageSent,
        *,
        discovery_id: str,
        idempotency_key: str = ...,
    ) -> TurnShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/discoveries/{discovery_id}/turns/{number}/retry"],
        *,
        discovery_id: str,
        number: str,
    ) -> TurnShown: ...
    @overload
    def post(
        self, path: Literal["/v1/discoveries/{discovery_id}/undo"], *, discovery_id: str
    ) -> TurnShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/discoveries/{discovery_id}/approve"],
        body: Approval,
        *,
        discovery_id: str,
    ) -> Approved: ...
    @overload
    def post(
        self,
        path: Literal["/v1/apps/{app_id}/generations"],
        body: GenerationWanted | None = ...,
        *,
        app_id: str,
        idempotency_key: str,
    ) -> GenerationShown: ...
    @overload
    def post(
        self, path: Literal["/v1/generations/{generation_id}/cancel"], *, generation_id: str
    ) -> GenerationShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/generations/{generation_id}/resume"],
        body: GenerationWanted | None = ...,
        *,
        generation_id: str,
        idempotency_key: str,
    ) -> GenerationShown: ...
    @overload
    def post(
        self, path: Literal["/v1/generations/{generation_id}/credentials"], *, generation_id: str
    ) -> Credentials: ...
    @overload
    def post(
        self,
        path: Literal["/v1/discoveries/{discovery_id}/imports"],
        body: ImportWanted,
        *,
        discovery_id: str,
        idempotency_key: str = ...,
    ) -> ImportAnnounced: ...
    @overload
    def post(
        self,
        path: Literal["/v1/invitations"],
        body: InvitationWanted,
        *,
        idempotency_key: str = ...,
    ) -> InvitationShown: ...
    @overload
    def post(
        self, path: Literal["/v1/invitations/{invitation_id}/resend"], *, invitation_id: str
    ) -> InvitationShown: ...
    @overload
    def post(self, path: Literal["/v1/invitations/preview"], body: LinkSent) -> PreviewShown: ...
    @overload
    def post(self, path: Literal["/v1/invitations/accept"], body: Acceptance) -> JoinedShown: ...
    @overload
    def post(
        self, path: Literal["/v1/invitations/accept-as-new"], body: NewcomersAcceptance
    ) -> JoinedShown: ...
    @overload
    def post(
        self, path: Literal["/v1/api-keys"], body: KeyWanted, *, idempotency_key: str = ...
    ) -> KeyShownOnce: ...
    @overload
    def post(
        self, path: Literal["/v1/me/second-factor"], body: PasswordAgain | None = ...
    ) -> SecondFactorBegun: ...
    @overload
    def post(
        self, path: Literal["/v1/me/second-factor/confirm"], body: CodeSent
    ) -> RecoveryCodesShown: ...
    @overload
    def post(
        self, path: Literal["/v1/me/second-factor/recovery-codes"], body: ProofSent | None = ...
    ) -> RecoveryCodesShown: ...
    @overload
    def post(self, path: Literal["/v1/organization/leave"]) -> None: ...
    @overload
    def post(
        self, path: Literal["/v1/organization/transfer"], body: SuccessorNamed
    ) -> MemberShown: ...
    @overload
    def post(self, path: Literal["/v1/mvs/validate"], body: MvsSent) -> Verdict: ...
    @overload
    def post(
        self, path: Literal["/v1/auth/oauth/{provider}/start"], body: StartSent, *, provider: str
    ) -> StartShown: ...
    @overload
    def post(
        self, path: Literal["/v1/auth/oauth/{provider}/finish"], body: FinishSent, *, provider: str
    ) -> SignedInShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/me/identities/{provider}/link"],
        body: LinkStartSent,
        *,
        provider: str,
    ) -> StartShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/me/identities/{provider}/link/finish"],
        body: LinkFinishSent,
        *,
        provider: str,
    ) -> IdentityList: ...
    @overload
    def post(
        self, path: Literal["/v1/organizations"], body: NewOrganization, *, idempotency_key: str
    ) -> OrganizationShown: ...
    @overload
    def post(self, path: Literal["/v1/organization/restore"]) -> OrganizationShown: ...
    @overload
    def post(
        self, path: Literal["/v1/organization/export"], *, idempotency_key: str = ...
    ) -> ExportShown: ...
    @overload
    def post(
        self,
        path: Literal["/v1/auth/password/forgot"],
        body: ForgotPassword,
        *,
        idempotency_key: str = ...,
    ) -> Accepted: ...
    @overload
    def post(
        self, path: Literal["/v1/auth/password/reset"], body: PasswordReset
    ) -> DeviceShown: ...
    @overload
    def post(
        self, path: Literal["/v1/auth/password/change"], body: PasswordChange
    ) -> TokensShown: ...
    @overload
    def post(self, path: Literal["/v1/auth/refresh"], body: RefreshSent) -> TokensShown: ...
    @overload
    def post(self, path: Literal["/v1/auth/switch"], body: OrganizationChosen) -> AccessShown: ...
    @overload
    def post(self, path: Literal["/v1/auth/sign-out"]) -> None: ...
    @overload
    def post(self, path: Literal["/v1/auth/sign-out-everywhere"]) -> None: ...
    @overload
    def post(self, path: Literal["/webhooks/stripe"], body: dict[str, Any]) -> EventHeard: ...
    def post(self, path: str, body: Any = None, **given: Any) -> Any:
        return self.call("POST", path, body, given)

    @overload
    def put(
        self, path: Literal["/v1/apps/{app_id}/mvs"], body: MvsSent, *, app_id: str
    ) -> AppShown: ...
    @overload
    def put(self, path: Literal["/v1/billing/plan"], body: PlanWanted) -> SubscriptionShown: ...
    @overload
    def put(
        self, path: Literal["/v1/billing/overage"], body: OverageWanted
    ) -> SubscriptionShown: ...
    @overload
    def put(
        self,
        path: Literal["/v1/discoveries/{discovery_id}/mvs"],
        body: MvsEdited,
        *,
        discovery_id: str,
    ) -> TurnShown: ...
    @overload
    def put(
        self, path: Literal["/v1/organization/model-key"], body: KeyBrought
    ) -> ModelKeyShown: ...
    def put(self, path: str, body: Any = None, **given: Any) -> Any:
        return self.call("PUT", path, body, given)

    @overload
    def patch(self, path: Literal["/v1/me"], body: MeChange | None = ...) -> MeShown: ...
    @overload
    def patch(
        self, path: Literal["/v1/members/{user_id}"], body: RoleWanted, *, user_id: str
    ) -> MemberShown: ...
    @overload
    def patch(
        self, path: Literal["/v1/organization"], body: OrganizationChange | None = ...
    ) -> OrganizationShown: ...
    def patch(self, path: str, body: Any = None, **given: Any) -> Any:
        return self.call("PATCH", path, body, given)

    @overload
    def delete(
        self, path: Literal["/v1/discoveries/{discovery_id}"], *, discovery_id: str
    ) -> None: ...
    @overload
    def delete(
        self, path: Literal["/v1/invitations/{invitation_id}"], *, invitation_id: str
    ) -> None: ...
    @overload
    def delete(self, path: Literal["/v1/api-keys/{key_id}"], *, key_id: str) -> None: ...
    @overload
    def delete(
        self, path: Literal["/v1/me/second-factor"], body: RemovalSent | None = ...
    ) -> None: ...
    @overload
    def delete(self, path: Literal["/v1/members/{user_id}"], *, user_id: str) -> None: ...
    @overload
    def delete(self, path: Literal["/v1/organization/model-key"]) -> None: ...
    @overload
    def delete(
        self,
        path: Literal["/v1/me/identities/{provider}"],
        body: PasswordAgain | None = ...,
        *,
        provider: str,
    ) -> None: ...
    @overload
    def delete(self, path: Literal["/v1/organization"], body: TypedName) -> OrganizationShown: ...
    @overload
    def delete(
        self, path: Literal["/v1/auth/sessions/{session_id}"], *, session_id: str
    ) -> None: ...
    def delete(self, path: str, body: Any = None, **given: Any) -> Any:
        return self.call("DELETE", path, body, given)

    @overload
    def pages(self, path: Literal["/v1/apps"], *, limit: int = ...) -> Iterator[AppShown]: ...
    @overload
    def pages(
        self,
        path: Literal["/v1/audit"],
        *,
        actor: str = ...,
        action: str = ...,
        subject_id: str = ...,
        from_: str = ...,
        to: str = ...,
        limit: int = ...,
    ) -> Iterator[AuditLine]: ...
    @overload
    def pages(
        self, path: Literal["/v1/billing/invoices"], *, limit: int = ...
    ) -> Iterator[InvoiceShown]: ...
    @overload
    def pages(
        self, path: Literal["/v1/discoveries"], *, limit: int = ...
    ) -> Iterator[DiscoveryListed]: ...
    @overload
    def pages(
        self, path: Literal["/v1/apps/{app_id}/generations"], *, app_id: str, limit: int = ...
    ) -> Iterator[GenerationShown]: ...
    @overload
    def pages(
        self, path: Literal["/v1/invitations"], *, limit: int = ...
    ) -> Iterator[InvitationShown]: ...
    @overload
    def pages(self, path: Literal["/v1/api-keys"], *, limit: int = ...) -> Iterator[KeyShown]: ...
    def pages(self, path: str, **given: Any) -> Iterator[Any]:
        """Every item of a paged list."""
        while True:
            page = self.call("GET", path, None, {"limit": 100, **given})
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            given["cursor"] = page["next_cursor"]

    def call(self, method: str, path: str, body: Any, given: dict[str, Any]) -> Any:
        """`given`: what fills the gaps of the path; the rest is the query, `idempotency_key` a header.

        A name that Python keeps for itself ends in an underscore.
        """
        raise NotImplementedError
