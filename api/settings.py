"""Settings, typed and in one place.

In: options of a command, else the environment (``DOVETAIL_STORE``, ...), else a file ``.env`` in the working folder, else the
defaults here. Out: a Settings value. Next: the command line and ``api.app.create_app`` read it and nothing else of the kind.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.connect import DEFAULT
from graph.errors import InvalidInput

if TYPE_CHECKING:
    from matcher.embed import Embedder


class Settings(BaseSettings):
    """Every field is also the environment variable ``DOVETAIL_`` + its name in capitals; an empty variable counts as unset."""

    model_config = SettingsConfigDict(env_prefix="DOVETAIL_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    store: str = Field(DEFAULT, min_length=1, description="Address of the store.")
    model: str | None = Field(None, description="A sentence-transformers folder or name; the bundled model if it is not given.")
    cache: Path | None = Field(None, description="Folder of models, vectors and indexes; the user's cache folder if it is not given.")
    debug: bool = Field(False, description="Show tracebacks of errors.")
    host: str = Field("127.0.0.1", min_length=1, description="Address that the service listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the service listens on; 0 takes a free one.")
    follow_seconds: float = Field(1.0, gt=0, le=3600, description="How often the service looks for changes of the store.")


def load(**given: object) -> Settings:
    """The settings, with what is ``given`` and not None set over the environment. Raises InvalidInput naming the setting."""
    values = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise InvalidInput(first["msg"], field=name if name in values else f"DOVETAIL_{name.upper()}") from error


def embedder(chosen: Settings) -> Embedder:
    """The embedder that ``chosen`` names, on its cache folder. Raises ModelError."""
    from matcher.embed import Embedder

    if chosen.cache:  # said in a .env file, perhaps: indexes and vectors find their folder by the environment alone
        os.environ["DOVETAIL_CACHE"] = str(chosen.cache)
    return Embedder(chosen.model)


def load_model(made: Embedder) -> None:
    """Load the model of ``made`` into memory now, by embedding a text that no cache knows. Raises ModelError."""
    made.query([secrets.token_hex(8)])
