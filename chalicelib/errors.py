"""The one tree of errors: what happened, and whose turn it is.

In: raised anywhere. Out: problem+json at the HTTP door, an error name in the state machine (the class name *is* the
ASL error name). Callers: everybody. The surprise: `status` lives on the class, so no other file mentions status codes.

    Refused      the caller's turn   4xx, never retried
    Rejected     the model's turn    again, with notes
    Unavailable  the world's turn    503, the same input again
    anything else is ours            500, nothing leaks
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class PlatformError(Exception):
    """Base of the tree. `detail` says what happened and what to do; `facts` are extra problem+json members."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str = "", **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.facts = facts


class Interrupted(PlatformError):
    """A run whose execution ended without its clean-up: a time limit, an abort, a machine that went down."""

    slug = "interrupted"
    title = "The run was interrupted"


class Refused(PlatformError):
    """The caller must change something; the same request will be refused again."""

    status = 400
    slug = "bad-request"
    title = "The request can't be served as it is"


class InvalidRequest(Refused):
    """A body, header or parameter is malformed. Facts: `errors` = [{path, message, cure}]."""

    status = 422
    slug = "invalid-request"
    title = "The request is malformed"

    def __init__(self, detail: str = "", *, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(detail, errors=list(errors))


class InvalidMvs(Refused):
    """The MVS has faults. Facts: `errors` = [{path, message, cure}], in the caller's language."""

    status = 422
    slug = "invalid-mvs"
    title = "The MVS has faults"


class TooLarge(Refused):
    status = 413
    slug = "too-large"
    title = "The request is larger than allowed"


class MethodNotAllowed(Refused):
    status = 405
    slug = "method-not-allowed"
    title = "This address does not answer that method"


class UnsupportedMediaType(Refused):
    status = 415
    slug = "unsupported-media-type"
    title = "Send the body as application/json"


class HeadersTooLarge(Refused):
    status = 431
    slug = "headers-too-large"
    title = "The headers are larger than allowed"


class Unauthenticated(Refused):
    status = 401
    slug = "unauthenticated"
    title = "No valid credentials"


class SecondFactorRequired(Unauthenticated):
    """The password was right. Facts: `challenge` and `expires_in_s`, to be answered with a code."""

    slug = "second-factor-required"
    title = "A second factor is needed"


class UnverifiedEmail(Refused):
    """A sign-in provider has not proved an address; without one nobody can be found or made."""

    status = 403
    slug = "unverified-email"
    title = "The address is not verified"


class Forbidden(Refused):
    status = 403
    slug = "forbidden"
    title = "Not allowed for this principal"


class NotFound(Refused):
    status = 404
    slug = "not-found"
    title = "No such thing here"


class Conflict(Refused):
    status = 409
    slug = "conflict"
    title = "That does not fit the present state"


class LinkExpired(Refused):
    """A link of a letter that was used, is too old, or never was: nobody is told which."""

    status = 410
    slug = "link-expired"
    title = "This link is good for nothing (any more)"


class QuotaReached(Refused):
    """Facts: `unit`, `limit`, `used`, `plan`, `resets_at`, `next_plan`, `overage_max`, `can_allow_overage`."""

    status = 402
    slug = "quota-reached"
    title = "The plan's quota is used up"


class SeatsReached(Refused):
    """Facts: `limit`, `used`; for who may change it `plan`, `next_plan`."""

    status = 402
    slug = "seats-reached"
    title = "The plan's seats are taken"


class RunsReached(Refused):
    """As many generations are under way as the plan allows. Facts: `limit`, `used`, `plan`, `next_plan`."""

    status = 409
    slug = "runs-reached"
    title = "As many runs are under way as the plan allows"


class PaymentRequired(Refused):
    """The organization's payments are so late that nothing new may be made. Facts: `billing_state`."""

    status = 402
    slug = "payment-required"
    title = "There is something to pay first"


class PaymentDeclined(Refused):
    """The bank, or the person's card, said no. Facts: `reason`, the provider's word; `page_url`, where it can be paid."""

    status = 402
    slug = "payment-declined"
    title = "The payment was declined"


class BillingNotOffered(Refused):
    """This deployment sells nothing."""

    status = 404
    slug = "billing-not-offered"
    title = "Nothing is sold here"


class BadSignature(Refused):
    """An event that none of our secrets signed, or too long ago."""

    status = 400
    slug = "bad-signature"
    title = "The signature is not good"


class WrongMode(Refused):
    """An event of the provider's live mode where its test mode is used, or the other way round."""

    status = 400
    slug = "wrong-mode"
    title = "This event is of another mode"


class LimitReached(Refused):
    status = 429
    slug = "limit-reached"
    title = "Too many requests"


class AddressRefused(Refused):
    """The mail service takes no letter for this address, however often it is asked. Never answered over HTTP."""

    status = 422
    slug = "address-refused"
    title = "No letter can be sent to this address"


class BudgetReached(Refused):
    """A call of a model could cost more than is left. Facts: `budget_microdollars`, `spent_microdollars`."""

    status = 402
    slug = "budget-reached"
    title = "The budget for models is used up"


class Cancelled(Refused):
    """Somebody cancelled the generation; the state machine stops and cleans up."""

    status = 409
    slug = "cancelled"
    title = "The generation was cancelled"


class Rejected(PlatformError):
    """What an engine wrote can't be used; it is written again with notes."""

    status = 500
    slug = "rejected"
    title = "Generated work was rejected"


class UnreadableReply(Rejected):
    slug = "unreadable-reply"
    title = "A reply could not be read"


class ModelRefused(Rejected):
    """The model declined to answer."""

    slug = "model-refused"
    title = "The model declined"


class ReplyTooLong(Rejected):
    """The answer did not fit, even when it was continued."""

    slug = "reply-too-long"
    title = "A reply was too long"


class QuestionTooLong(Rejected):
    """The question does not fit into the model's context window."""

    slug = "question-too-long"
    title = "A question was too long for the model"


class ForbiddenPath(Rejected):
    slug = "forbidden-path"
    title = "A path outside the allowed ones"


class FailedChecks(Rejected):
    slug = "failed-checks"
    title = "The executed checks failed"


class FailedReview(Rejected):
    slug = "failed-review"
    title = "The review failed"


class UntrustedReport(Rejected):
    """A check report is malformed, incomplete, contradictory or not from the task we started."""

    slug = "untrusted-report"
    title = "A report can't be trusted"


class AppNotHealthy(Rejected):
    """The deployed app did not answer its health route in time; the old version keeps serving."""

    slug = "app-not-healthy"
    title = "The app did not become healthy"


class Unavailable(PlatformError):
    """The world is busy; the same input may succeed later."""

    status = 503
    slug = "unavailable"
    title = "A service we need is busy"


class ModelBusy(Unavailable):
    slug = "model-busy"
    title = "The model is busy"


class ModelAccountRefused(Unavailable):
    """The provider refuses our account: key, model name, spend limit. Not retried by itself; an operator's turn."""

    slug = "model-account-refused"
    title = "The model provider refuses our account"


class DatabaseBusy(Unavailable):
    slug = "database-busy"
    title = "The database is busy"


class CloudBusy(Unavailable):
    slug = "cloud-busy"
    title = "A cloud service is busy"


class PaymentsBusy(Unavailable):
    slug = "payments-busy"
    title = "The payment provider is busy"


class PaymentsAccountRefused(Unavailable):
    """The payment provider refuses our account: key, rights, configuration. Not retried by itself; an operator's turn."""

    slug = "payments-account-refused"
    title = "The payment provider refuses our account"


class ProviderBusy(Unavailable):
    """Google or GitHub, where somebody signs in, does not answer."""

    slug = "provider-busy"
    title = "The sign-in provider is busy"
