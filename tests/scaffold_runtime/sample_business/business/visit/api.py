from ninja import ModelSchema

from api.entities import entity_router
from business.visit.models import Visit
from business.visit.views import VisitList


class VisitOut(ModelSchema):
    class Meta:
        model = Visit
        fields = [
            "id",
            "code",
            "status",
            "customer",
            "worker",
            "starts_at",
            "ends_at",
            "price",
            "reason",
            "created_at",
            "updated_at",
        ]


class VisitIn(ModelSchema):
    class Meta:
        model = Visit
        fields = ["code", "customer", "worker", "starts_at", "ends_at", "price", "reason"]


router = entity_router(Visit, read=VisitOut, write=VisitIn, page=VisitList)
