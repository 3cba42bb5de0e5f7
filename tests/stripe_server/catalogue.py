"""Products and prices: what can be bought.

In: parameters. Out: products, prices. Callers: `routes.py`; subscriptions read prices. The surprise: a price never changes
its amount and is never deleted; a new one takes its `lookup_key` over, if asked to (`transfer_lookup_key`).
"""

from __future__ import annotations

from decimal import Decimal

from tests.stripe_server.changes import change, merged
from tests.stripe_server.wire import INCLUDABLE, invalid, page

PRODUCT = ("name", "active", "description", "images", "marketing_features", "package_dimensions", "shippable", "statement_descriptor", "tax_code", "tax_details", "unit_label", "url", "default_price")  # fmt: skip
PRICE = ("active", "lookup_key", "nickname", "tax_behavior")


def create_product(account, params):
    id_ = params.get("id")
    if id_ and account.store.find(id_):
        raise invalid(f"Product already exists: {id_}.", "id", "resource_already_exists")
    made = account.new(
        "product",
        "prod",
        length=14,
        **{"id": id_} if id_ else {},
        **{name: params.get(name) or None for name in PRODUCT},
        metadata=merged({}, params.get("metadata")),
        type=params.get("type", "service"),
        updated=account.now(),
    )
    made["active"] = params.get("active", True)
    made["images"] = made["images"] or []
    made["marketing_features"] = made["marketing_features"] or []
    account.tell("product.created", made)
    if "default_price_data" in params:
        price = create_price(account, {**params["default_price_data"], "product": made["id"]})
        made["default_price"] = price["id"]
    return made


def update_product(account, params, id_):
    found = account.store.get("product", id_)
    if params.get("default_price"):
        account.store.get("price", params["default_price"], "default_price")
    _tell_change(account, "product.updated", found, change(found, params, PRODUCT))
    return found


def delete_product(account, params, id_):
    found = account.store.get("product", id_)
    if account.store.all("price", product=id_):
        message = "This product cannot be deleted because it has one or more user-created prices."
        raise invalid(message)
    account.tell("product.deleted", found)
    account.store.remove(id_)
    return {"id": id_, "object": "product", "deleted": True}


def list_products(account, params):
    found = account.store.all("product")
    for name in ("active", "type", "url", "shippable"):
        if name in params:
            found = [each for each in found if each[name] == params[name]]
    if "ids" in params:
        found = [each for each in found if each["id"] in params["ids"]]
    return page(found, params, "/v1/products")


def create_price(account, params):
    if ("product" in params) == ("product_data" in params):
        raise invalid("You must specify one of `product` or `product_data`.", "product")
    product = params.get("product") or create_product(account, params["product_data"])["id"]
    account.store.get("product", product, "product")
    amount = _amount(params)
    _take_lookup_key(account, params)
    made = account.new(
        "price",
        "price",
        active=params.get("active", True),
        billing_scheme=params.get("billing_scheme", "per_unit"),
        currency=params["currency"].lower(),
        custom_unit_amount=None,
        lookup_key=params.get("lookup_key"),
        metadata=merged({}, params.get("metadata")),
        nickname=params.get("nickname"),
        product=product,
        recurring=_recurring(account, params.get("recurring")),
        tax_behavior=params.get("tax_behavior", "unspecified"),
        tiers_mode=params.get("tiers_mode"),
        transform_quantity=params.get("transform_quantity"),
        type="recurring" if "recurring" in params else "one_time",
        unit_amount=int(amount) if amount is not None and amount == int(amount) else None,
        unit_amount_decimal=None if amount is None else f"{amount.normalize():f}",
        _tiers=params.get("tiers"),
    )
    account.tell("price.created", made)
    return made


def update_price(account, params, id_):
    found = account.store.get("price", id_)
    if params.get("lookup_key") != found["lookup_key"]:
        _take_lookup_key(account, params)
    _tell_change(account, "price.updated", found, change(found, params, PRICE))
    return found


def list_prices(account, params):
    found = account.store.all("price")
    for name in ("active", "currency", "product", "type"):
        if name in params:
            found = [each for each in found if each[name] == params[name]]
    if "lookup_keys" in params:
        found = [each for each in found if each["lookup_key"] in params["lookup_keys"]]
    for name, value in params.get("recurring", {}).items():
        found = [each for each in found if (each["recurring"] or {}).get(name) == value]
    return page(found, params, "/v1/prices")


def _amount(params):
    """In minor units; at most 12 places behind the point."""
    given = [name for name in ("unit_amount", "unit_amount_decimal") if name in params]
    if len(given) > 1:
        raise invalid(
            "You may only specify one of these parameters: unit_amount, unit_amount_decimal."
        )
    if not given:
        if params.get("billing_scheme") == "tiered" or "custom_unit_amount" in params:
            return None
        message = (
            "You must specify either `unit_amount`, `unit_amount_decimal` or `custom_unit_amount`."
        )
        raise invalid(message, "unit_amount", "parameter_missing")
    amount = Decimal(params[given[0]])
    if amount < 0 or -amount.as_tuple().exponent > 12:
        raise invalid(
            f"Invalid decimal: {amount}; must be ≥ 0 with at most 12 decimal places.", given[0]
        )
    return amount


def _recurring(account, wanted):
    if wanted is None:
        return None
    usage_type, meter = wanted.get("usage_type", "licensed"), wanted.get("meter")
    if usage_type == "metered" and not meter:
        message = "Prices with usage_type=metered must be backed by a meter."
        raise invalid(message, "recurring[meter]")
    if meter and usage_type != "metered":
        raise invalid("A meter needs usage_type=metered.", "recurring[meter]")
    if (
        meter
        and account.store.get("billing.meter", meter, "recurring[meter]")["status"] != "active"
    ):
        raise invalid(f"The meter {meter} is inactive.", "recurring[meter]")
    return {
        "interval": wanted["interval"],
        "interval_count": wanted.get("interval_count", 1),
        "meter": meter,
        "trial_period_days": wanted.get("trial_period_days"),
        "usage_type": usage_type,
    }


def _take_lookup_key(account, params):
    """From whatever price has it, when it may be taken."""
    key, may_take = params.get("lookup_key"), params.get("transfer_lookup_key")
    for other in account.store.all("price", lookup_key=key) if key else ():
        if not may_take:
            message = f"A price (`{other['id']}`) already uses that lookup key."
            raise invalid(message, "lookup_key")
        other["lookup_key"] = None
        account.tell("price.updated", other, previous={"lookup_key": key})


def _tell_change(account, kind, found, before):
    if before:
        if "updated" in found:
            found["updated"] = account.now()
        account.tell(kind, found, previous=before)


def _tiers(account, price):
    return account.store.get("price", price["id"])["_tiers"]


INCLUDABLE["price", "tiers"] = _tiers
INCLUDABLE["price", "currency_options"] = lambda account, price: {
    price["currency"]: {
        name: price[name]
        for name in ("custom_unit_amount", "tax_behavior", "unit_amount", "unit_amount_decimal")
    }
}
ROUTES = {
    ("POST", "/v1/products"): (create_product, "ProductCreateParams"),
    ("GET", "/v1/products"): (list_products, "ProductListParams"),
    ("GET", "/v1/products/{id}"): (
        lambda account, params, id_: account.store.get("product", id_),
        "ProductRetrieveParams",
    ),
    ("POST", "/v1/products/{id}"): (update_product, "ProductUpdateParams"),
    ("DELETE", "/v1/products/{id}"): (delete_product, "ProductDeleteParams"),
    ("POST", "/v1/prices"): (create_price, "PriceCreateParams"),
    ("GET", "/v1/prices"): (list_prices, "PriceListParams"),
    ("GET", "/v1/prices/{id}"): (
        lambda account, params, id_: account.store.get("price", id_),
        "PriceRetrieveParams",
    ),
    ("POST", "/v1/prices/{id}"): (update_price, "PriceUpdateParams"),
}
