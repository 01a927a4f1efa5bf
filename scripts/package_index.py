"""What pip is told about its package index, in uv's words: uv reads none of pip's configuration."""

from __future__ import annotations

import subprocess
from ast import literal_eval
from collections.abc import Mapping


def pip_settings(python: str) -> dict[str, str]:
    """The settings that pip of the interpreter `python` goes by, from its files and variables."""
    listed = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True)
    return read_pip_settings(listed.stdout)


def read_pip_settings(listing: str) -> dict[str, str]:
    """The settings that `pip config list` prints as lines such as ``global.index-url='...'``, by bare name.

    A variable beats the section of the command `install`, which beats `global`.
    """
    settings: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for line in listing.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(f"{section}.") and value:
                settings[name.removeprefix(f"{section}.").replace("_", "-")] = literal_eval(value)
    return settings


def uv_settings(pip: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """uv's variables for pip's settings; what `environment` tells uv already stands."""
    settings = {}
    if "index-url" in pip and "UV_INDEX_URL" not in environment:
        settings["UV_DEFAULT_INDEX"] = pip["index-url"]
    if "extra-index-url" in pip and "UV_EXTRA_INDEX_URL" not in environment:
        settings["UV_INDEX"] = " ".join(pip["extra-index-url"].split())
        # uv stops at the first index that knows a name; pip looks in all. The locks' hashes make that safe.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if "find-links" in pip:
        settings["UV_FIND_LINKS"] = ",".join(pip["find-links"].split())
    if pip.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        settings["UV_OFFLINE"] = "1"
    if "trusted-host" in pip:
        settings["UV_INSECURE_HOST"] = " ".join(pip["trusted-host"].split())
    if "cert" in pip:
        settings["SSL_CERT_FILE"] = pip["cert"]
    if "proxy" in pip:
        settings["ALL_PROXY"] = pip["proxy"]
    if "timeout" in pip or "default-timeout" in pip:
        settings["UV_HTTP_TIMEOUT"] = pip.get("timeout", pip.get("default-timeout", ""))
    return {name: value for name, value in settings.items() if name not in environment}
