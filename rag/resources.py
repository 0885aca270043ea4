"""Finds the files shipped with the package: prompts, seeds and the embedding model.

A wheel carries ``prompts/`` and ``seeds/`` inside the package; a checkout and an editable install
have them beside it.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise ConfigError(f"the packaged folder {name}/ is missing; reinstall cited-rag")


def prompts_folder() -> Path:
    """Return the folder of the prompt files."""
    return _folder("prompts")


def seeds_folder() -> Path:
    """Return the folder of the packaged seed papers."""
    return _folder("seeds")


def thresholds_file() -> Path:
    """Return the file of the fitted thresholds of abstention."""
    return _PACKAGE / "search" / "abstention.json"


def deployment(name: str) -> str:
    """Return the text of a file that a server is set up with."""
    place = _PACKAGE / "deployment" / name
    if not place.is_file():
        raise ConfigError(f"the packaged file {name} is missing; reinstall cited-rag")
    return place.read_text(encoding="utf-8")


def model_folder(name: str) -> Path:
    """Return the folder of a shipped embedding model."""
    place = _PACKAGE / "models" / name
    if not place.is_dir():
        raise ConfigError(f"the packaged model {name} is missing; reinstall cited-rag")
    return place
