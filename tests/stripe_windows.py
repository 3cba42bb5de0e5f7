"""Our windows to an account at Stripe with everything in it that `billing sync` makes, and the SDK for what others do there.

In: ways to the account: ours and the bare SDK. Out: `Windows`. Callers: `tests/billing/till.py` at the double,
`tests/live/till.py` at Stripe itself. The surprise: that both stand on this is how we know that the double is one.
"""

from __future__ import annotations

from chalicelib.adapters.stripe_books import StripeBooks
from chalicelib.adapters.stripe_catalogue import StripeCatalogue
from chalicelib.adapters.stripe_meters import StripeMeters
from chalicelib.adapters.stripe_secret import StripeSecret
from chalicelib.adapters.stripe_selling import StripeSelling
from chalicelib.adapters.stripe_subscriptions import StripeSubscriptions
from chalicelib.billing.price_ids import METERS, read_price_ids
from chalicelib.billing.shelf import Addresses
from infra.billing import sync

HERE = "https://fragua.example/billing"


class Known:
    """A secret that somebody knows by heart."""

    def __init__(self, api_key, *webhook_secrets):
        self.secret = StripeSecret(api_key, webhook_secrets)

    def current(self):
        return self.secret


class Windows:
    def __init__(self, api, v1, operators_api, *, has_tax=False):
        self.api, self.v1 = api, v1
        self.catalogue = StripeCatalogue(operators_api)
        self.prices = read_price_ids(self.sync().prices)
        self.selling = StripeSelling(api, self.prices, has_tax=has_tax)
        self.subscriptions = StripeSubscriptions(api, self.prices)
        self.books = StripeBooks(api, self.prices)
        self.meters = StripeMeters(api, self.prices)

    def sync(self):
        return sync(self.catalogue, "usd", Addresses(portal_return_url=HERE))

    def give_card(self, customer_id, card):
        attached = self.v1.payment_methods.attach(card, {"customer": customer_id})
        default = {"default_payment_method": attached.id}
        self.v1.customers.update(customer_id, {"invoice_settings": default})

    def subscribe_with(self, card, customer_id, plan):
        """As the page of a checkout would have made it; its id."""
        self.give_card(customer_id, card)
        items = [{"price": self.prices.price_of(name)} for name in (plan, *METERS)]
        return self.v1.subscriptions.create({"customer": customer_id, "items": items}).id
