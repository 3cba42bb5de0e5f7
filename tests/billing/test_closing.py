from dataclasses import replace

import pytest

from chalicelib.billing.closing import Closing
from chalicelib.billing.ports import Customer
from chalicelib.errors import BillingNotOffered, PaymentsBusy

from .steps_world import ACCOUNT, BEGAN, HERE


class Accounts:
    def __init__(self, account):
        self.account = account

    def last_account(self, tenant_id):
        return self.account


class Books:
    def __init__(self, *, busy=False):
        self.closed, self.busy = [], busy

    def customer_now(self, customer_id):
        is_deleted = customer_id in self.closed
        return Customer(id=customer_id, is_live=False, test_clock_id=None, is_deleted=is_deleted)

    def close_customer(self, customer_id):
        if self.busy:
            raise PaymentsBusy("away")
        self.closed.append(customer_id)


def nothing_is_sold():
    raise BillingNotOffered


def test_who_subscribed_is_a_customer_no_more():
    books = Books()
    for _ in range(2):
        Closing(accounts=Accounts(ACCOUNT), books=lambda: books)(HERE)
    assert books.closed == ["cus_1"]


@pytest.mark.parametrize("account", [None, replace(ACCOUNT, customer_deleted_at=BEGAN)])
def test_for_who_is_none_stripe_is_not_even_there(account):
    Closing(accounts=Accounts(account), books=nothing_is_sold)(HERE)


def test_when_stripe_is_away_it_is_left_for_later():
    with pytest.raises(PaymentsBusy):
        Closing(accounts=Accounts(ACCOUNT), books=lambda: Books(busy=True))(HERE)
