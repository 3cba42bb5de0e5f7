"""Keeps uploaded files in the database, so that the workspace policy and the backups cover them too."""

import mimetypes
import secrets
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.urls import reverse
from django.utils.deconstruct import deconstructible
from django.utils.text import get_valid_filename


@deconstructible
class DatabaseStorage(Storage):
    """Names look like `patient/patient/Xk3…/x-ray.png`: the model first, so that its permission can be asked."""

    def generate_filename(self, filename):
        path = PurePosixPath(filename)
        name = get_valid_filename(path.name)[-100:]
        return str(path.parent / secrets.token_urlsafe(9) / name)

    def _open(self, name, mode="rb"):
        return ContentFile(bytes(self.row(name).content), name=name)

    def _save(self, name, content):
        from files.models import StoredFile

        data = content.read()
        StoredFile.objects.create(
            name=name,
            content=data,
            size=len(data),
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        )
        return name

    def row(self, name):
        from files.models import StoredFile

        try:
            return StoredFile.objects.get(name=name)
        except StoredFile.DoesNotExist:
            raise FileNotFoundError(name) from None

    def delete(self, name):
        self.rows(name).delete()

    def exists(self, name):
        return self.rows(name).exists()

    def size(self, name):
        return self.row(name).size

    def url(self, name):
        return reverse("files:download", args=[name])

    def rows(self, name):
        from files.models import StoredFile

        return StoredFile.objects.filter(name=name)


workspace_files = DatabaseStorage()
