from ninja import ModelSchema

from api.entities import entity_router
from business.worker.models import Worker
from business.worker.views import WorkerList


class WorkerOut(ModelSchema):
    class Meta:
        model = Worker
        fields = ["id", "name", "created_at", "updated_at"]


class WorkerIn(ModelSchema):
    class Meta:
        model = Worker
        fields = ["name"]


router = entity_router(Worker, read=WorkerOut, write=WorkerIn, page=WorkerList)
