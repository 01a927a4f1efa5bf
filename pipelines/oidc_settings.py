"""Reads the file that names the desk's OpenID Connect provider."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.settings import SettingsError, explained

if TYPE_CHECKING:
    from planner.access.oidc import Provider


class OidcSettings(BaseModel):
    """One provider; `planner.access.oidc.Provider` says what each key does. The secret stands in the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # In the clear only on this machine: what it says would decide who signs in.
    issuer: str = Field(pattern=r"^(https://|http://(localhost|127\.0\.0\.1)(:\d+)?(/|$))")
    client_id: str = Field(min_length=1)
    client_secret_variable: str | None = None
    claim: str = "email"


def load_provider(path: Path, now: Callable[[], datetime]) -> Provider:
    """The provider that a file names.

    Raises
    ------
    SettingsError
        For a file that is no TOML, an unknown key, or a secret that is not in the environment.
    """
    from planner.access.oidc import Provider

    try:
        settings = OidcSettings(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML ({error}). Mend the line it names.") from error
    except ValidationError as error:
        raise SettingsError("\n".join(explained(path, issue) for issue in error.errors())) from error
    secret = None
    if settings.client_secret_variable is not None and not (secret := os.environ.get(settings.client_secret_variable)):
        raise SettingsError(f"{path}: the secret is not in the environment; set {settings.client_secret_variable}")
    return Provider(settings.issuer, settings.client_id, secret, settings.claim, now)
