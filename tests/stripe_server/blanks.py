"""What each object of a subscription's life looks like before anything is known of it: every field that Stripe shows.

In: what is known. Out: the whole object. Callers: the modules that make them. The surprise: the names come from the SDK's
own types (a test compares), so what the double shows is neither less nor more than what can be read with them.
"""

from __future__ import annotations

from copy import deepcopy

SELF = {"account": None, "type": "self"}
NO_TAX = {"disabled_reason": None, "enabled": False, "liability": None}


def nothing(names):
    return dict.fromkeys(names.split())


def page(data, url):
    """A list inside an object."""
    return {"object": "list", "data": data, "has_more": False, "url": url}


def made(blank, **known):
    return {**deepcopy(blank), **known}


SUBSCRIPTION = {
    "object": "subscription",
    **nothing(
        "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at"
        " customer_account days_until_due default_payment_method default_source description ended_at latest_invoice"
        " next_pending_invoice_item_invoice on_behalf_of pause_collection pending_invoice_item_interval"
        " pending_setup_intent pending_update schedule status_details test_clock transfer_data trial_end trial_start"
    ),
    "automatic_tax": NO_TAX,
    "billing_mode": {
        "flexible": {"proration_discounts": "included"},
        "type": "flexible",
        "updated_at": None,
    },
    "billing_schedules": [],
    "cancel_at_period_end": False,
    "cancellation_details": nothing("comment feedback feedback_option reason"),
    "collection_method": "charge_automatically",
    "default_tax_rates": [],
    "discounts": [],
    "invoice_settings": {
        **nothing("account_tax_ids custom_fields description footer"),
        "issuer": SELF,
    },
    "metadata": {},
    "payment_settings": {
        "payment_method_options": None,
        "payment_method_types": None,
        "save_default_payment_method": "off",
    },
    "trial_settings": {
        "end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice"}
    },
}
ITEM = {
    "object": "subscription_item",
    "billing_thresholds": None,
    "discounts": [],
    "metadata": {},
    "tax_rates": [],
}
INVOICE = {
    "object": "invoice",
    **nothing(
        "account_country account_name account_tax_ids application automatically_finalizes_at billing_reason"
        " custom_fields customer_account customer_address customer_email customer_name customer_phone customer_shipping"
        " customer_tax_exempt default_payment_method default_source description due_date effective_at ending_balance"
        " footer from_invoice hosted_invoice_url invoice_pdf last_finalization_error latest_revision"
        " next_payment_attempt number on_behalf_of receipt_number rendering shipping_cost shipping_details"
        " statement_descriptor status_details subtotal_excluding_tax test_clock threshold_reason total_excluding_tax"
        " webhooks_delivered_at"
    ),
    "amount_overpaid": 0,
    "amount_shipping": 0,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": True,
    "automatic_tax": {**NO_TAX, "provider": None, "status": None},
    "collection_method": "charge_automatically",
    "customer_tax_ids": [],
    "default_tax_rates": [],
    "discounts": [],
    "issuer": SELF,
    "metadata": {},
    "payment_settings": nothing("default_mandate payment_method_options payment_method_types"),
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "starting_balance": 0,
    "status": "draft",
    "status_transitions": nothing("finalized_at marked_uncollectible_at paid_at voided_at"),
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
    "total_taxes": [],
}
LINE = {
    "object": "line_item",
    "discount_amounts": [],
    "discountable": True,
    "discounts": [],
    "metadata": {},
    "pretax_credit_amounts": [],
    "quantity": 1,
    "quantity_decimal": "1",
    "taxes": [],
}
INVOICE_ITEM = {
    "object": "invoiceitem",
    **nothing("customer_account invoice net_amount proration_details test_clock"),
    "discountable": False,
    "discounts": [],
    "metadata": {},
    "proration": True,
    "quantity": 1,
    "quantity_decimal": "1",
    "tax_rates": [],
}
SESSION = {
    "object": "checkout.session",
    **nothing(
        "adaptive_pricing after_expiration allow_promotion_codes billing_address_collection client_reference_id"
        " client_secret collected_information consent consent_collection currency_conversion customer_account"
        " customer_creation customer_email invoice invoice_creation payment_intent payment_link"
        " payment_method_configuration_details recovered_from setup_intent shipping_address_collection shipping_cost"
        " submit_type subscription wallet_options locale cancel_url success_url"
    ),
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_fields": [],
    "custom_text": nothing("after_submit shipping_address submit terms_of_service_acceptance"),
    "customer_details": None,
    "discounts": [],
    "metadata": {},
    "payment_method_collection": "always",
    "payment_method_options": {},
    "payment_method_types": ["card"],
    "payment_status": "unpaid",
    "phone_number_collection": {"enabled": False},
    "saved_payment_method_options": {
        "allow_redisplay_filters": ["always"],
        "payment_method_remove": None,
        "payment_method_save": None,
    },
    "shipping_options": [],
    "status": "open",
    "tax_id_collection": {"enabled": False, "required": "never"},
    "ui_mode": "hosted_page",
}
INTENT = {
    "object": "payment_intent",
    **nothing(
        "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason customer_account"
        " description last_payment_error latest_charge next_action on_behalf_of payment_method processing receipt_email"
        " review setup_future_usage shipping source statement_descriptor statement_descriptor_suffix transfer_data"
        " transfer_group payment_method_configuration_details"
    ),
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "capture_method": "automatic",
    "confirmation_method": "automatic",
    "metadata": {},
    "payment_method_options": {},
    "payment_method_types": ["card"],
}
CHARGE = {
    "object": "charge",
    **nothing(
        "application application_fee application_fee_amount balance_transaction description failure_balance_transaction"
        " failure_code failure_message on_behalf_of outcome payment_method receipt_email receipt_number receipt_url"
        " review shipping source source_transfer statement_descriptor statement_descriptor_suffix transfer_data"
        " transfer_group calculated_statement_descriptor"
    ),
    "amount_refunded": 0,
    "billing_details": nothing("address email name phone tax_id"),
    "disputed": False,
    "fraud_details": {},
    "metadata": {},
    "refunded": False,
}
REFUND = {
    "object": "refund",
    **nothing(
        "balance_transaction failure_balance_transaction failure_reason reason receipt_number"
        " source_transfer_reversal transfer_reversal"
    ),
    "metadata": {},
    "status": "succeeded",
}
DISPUTE = {
    "object": "dispute",
    "balance_transactions": [],
    "enhanced_eligibility_types": [],
    "evidence": {
        **nothing(
            "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal"
            " customer_communication customer_email_address customer_name customer_purchase_ip customer_signature"
            " duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt"
            " refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation"
            " shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number"
            " uncategorized_file uncategorized_text"
        ),
        "enhanced_evidence": {},
    },
    "evidence_details": {
        "due_by": None,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    },
    "is_charge_refundable": False,
    "metadata": {},
    "network_reason_code": None,
}
SCHEDULE = {
    "object": "subscription_schedule",
    **nothing(
        "application canceled_at completed_at customer_account released_at released_subscription test_clock"
    ),
    "billing_mode": {
        "flexible": {"proration_discounts": "included"},
        "type": "flexible",
        "updated_at": None,
    },
    "default_settings": {
        **nothing(
            "application_fee_percent billing_thresholds default_payment_method description on_behalf_of transfer_data"
        ),
        "automatic_tax": NO_TAX,
        "billing_cycle_anchor": "automatic",
        "collection_method": "charge_automatically",
        "invoice_settings": {
            **nothing("account_tax_ids custom_fields days_until_due description footer"),
            "issuer": SELF,
        },
    },
    "end_behavior": "release",
    "metadata": {},
    "pause_schedules": [],
}
PHASE = {
    **nothing(
        "application_fee_percent billing_cycle_anchor billing_thresholds collection_method default_payment_method"
        " description invoice_settings on_behalf_of transfer_data trial_end"
    ),
    "add_invoice_items": [],
    "default_tax_rates": [],
    "discounts": [],
    "metadata": {},
    "proration_behavior": "create_prorations",
}
METHOD = {
    "object": "payment_method",
    "allow_redisplay": "unspecified",
    "billing_details": nothing("address email name phone tax_id"),
    "customer": None,
    "customer_account": None,
    "metadata": {},
    "type": "card",
}
CARD = {
    "brand": "visa",
    "checks": {
        "address_line1_check": None,
        "address_postal_code_check": None,
        "cvc_check": "pass",
    },
    "country": "US",
    "display_brand": "visa",
    "funding": "credit",
    "generated_from": None,
    "networks": {"available": ["visa"], "preferred": None},
    "regulated_status": "unregulated",
    "three_d_secure_usage": {"supported": True},
    "wallet": None,
}
SETUP_INTENT = {
    "object": "setup_intent",
    **nothing(
        "application automatic_payment_methods cancellation_reason customer_account description flow_directions"
        " last_setup_error latest_attempt mandate next_action on_behalf_of single_use_mandate"
        " payment_method_configuration_details"
    ),
    "metadata": {},
    "payment_method_options": {},
    "payment_method_types": ["card"],
    "status": "succeeded",
    "usage": "off_session",
}
