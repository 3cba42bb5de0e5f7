from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from chalicelib.generation.scaffold import compile_app
from chalicelib.mvs.spec import Mvs
from tests.seeded_defects.laboratory import ROOT, Laboratory


@pytest.fixture(scope="session")
def sound_app() -> Mapping[str, str]:
    """The dental clinic's business layer, as the rules alone compile it."""
    text = (ROOT / "examples" / "clinica-dental.yaml").read_text(encoding="utf-8")
    return dict(compile_app(Mvs.model_validate(yaml.safe_load(text))))


@pytest.fixture(scope="session")
def laboratory(
    tmp_path_factory: pytest.TempPathFactory, postgres: str, sound_app: Mapping[str, str]
) -> Laboratory:
    folder: Path = tmp_path_factory.mktemp("laboratory")
    laboratory = Laboratory(folder, postgres)
    laboratory.lay_out(sound_app)
    laboratory.warm_up()
    return laboratory
