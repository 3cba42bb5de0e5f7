"""Images of apps, taken out of their repository.

In: tags. Out: nothing. Callers: the job `purge`, through `deployment.ports.Images`. The surprise: registries' own API
(`/v2/`) has a delete that ECR does not answer, so this goes through ECR's; an image goes with its last tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import is_code, speaking_to
from chalicelib.errors import CloudBusy

AT_ONCE: Final = 100
GONE: Final = "ImageNotFound"


class EcrImages:
    def __init__(self, client: Any, repository: str) -> None:
        self._ecr, self._repository = client, repository

    def remove(self, tags: Sequence[str]) -> None:
        for first in range(0, len(tags), AT_ONCE):
            self._remove(tags[first : first + AT_ONCE])

    def _remove(self, tags: Sequence[str]) -> None:
        with speaking_to("ECR"):
            try:
                answer = self._ecr.batch_delete_image(
                    repositoryName=self._repository, imageIds=[{"imageTag": tag} for tag in tags]
                )
            except ClientError as error:
                if is_code(error, "RepositoryNotFoundException"):
                    return
                raise
        kept = [one for one in answer.get("failures", []) if one.get("failureCode") != GONE]
        if kept:
            raise CloudBusy(f"ECR kept {len(kept)} images ({kept[0].get('failureCode')})")
