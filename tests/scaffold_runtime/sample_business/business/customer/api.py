from ninja import ModelSchema

from api.entities import entity_router
from business.customer.models import Customer
from business.customer.views import CustomerList


class CustomerOut(ModelSchema):
    class Meta:
        model = Customer
        fields = [
            "id",
            "name",
            "email",
            "phone",
            "since",
            "is_company",
            "contract",
            "notes",
            "created_at",
            "updated_at",
        ]


class CustomerIn(ModelSchema):
    class Meta:
        model = Customer
        fields = ["name", "email", "phone", "since", "is_company", "notes"]


router = entity_router(Customer, read=CustomerOut, write=CustomerIn, page=CustomerList)
