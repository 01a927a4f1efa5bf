"""Write every lock file from pyproject.toml: ``python scripts/locks.py [--upgrade]``, as `make locks` does.

Versions already locked stay unless `--upgrade` says otherwise or pyproject.toml forbids them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import ROOT
from package_index import pip_settings, uv_settings

# The one version whose extensions (excel, httpfs, postgres, ducklake, ...) come as packages.
DUCKDB = "duckdb==1.5.5"
# The version the code must pass on as well; `make test-next` runs the tests on it.
DUCKDB_NEXT = "duckdb==2.0.0"
BOOTSTRAP = ["uv", "setuptools>=80"]
EXTRAS = ["dev", "real", "scale"]
SIDE_INDEXES = {"extra-index-url", "find-links"}

# No header and no annotations: they name the command's paths. Extras of a name stay (`gql[requests]`): pip
# refuses a hashed file in which a needed extra is missing.
COMPILE = [
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-strip-extras", "--no-header", "--no-annotate"),
]


def main(upgrade: bool) -> None:
    """Write the locks in the order in which one constrains the next."""
    with tempfile.TemporaryDirectory() as folder:
        bootstrap = _write(Path(folder) / "bootstrap.in", BOOTSTRAP)
        duckdb = _write(Path(folder) / "duckdb.txt", [DUCKDB])
        compile_lock("bootstrap.lock", [bootstrap], upgrade)
        compile_lock("requirements.lock", ["pyproject.toml", "--constraints", duckdb], upgrade)
        for extra in EXTRAS:
            compile_extra(extra, extra, "requirements.lock", upgrade)
        # DuckDB alone differs between the two environments the tests run in.
        others = [pin for pin in pins("requirements-dev.lock") if not pin.startswith("duckdb==")]
        following = _write(Path(folder) / "next.txt", [*others, DUCKDB_NEXT])
        compile_extra("next", "dev", following, upgrade)


def compile_extra(name: str, extra: str, constraints: str, upgrade: bool) -> None:
    """Resolve the base and one extra, held to `constraints`, into ``requirements-<name>.lock``."""
    sources = ["pyproject.toml", "--extra", extra, "--constraints", constraints]
    compile_lock(f"requirements-{name}.lock", sources, upgrade)


def compile_lock(name: str, sources: list[str], upgrade: bool) -> None:
    """Resolve `sources` into the lock file `name`.

    Raises
    ------
    SystemExit
        If the versions contradict each other (uv says which), or the lock would hold an address.
    """
    command = [*COMPILE, *sources, "--output-file", name, *(["--upgrade"] if upgrade else [])]
    command[0] = str(Path(sys.executable).with_name("uv"))
    # Only the main index: a lock made with a local mirror holds the hashes of the few files that lie there.
    pip = {key: value for key, value in pip_settings(sys.executable).items() if key not in SIDE_INDEXES}
    settings = uv_settings(pip, os.environ)
    if subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}).returncode:
        sys.exit(f"error: {name} was not written; uv says above which versions contradict each other.")
    if "://" in (ROOT / name).read_text(encoding="utf-8"):
        sys.exit(f"error: {name} holds an address, which belongs to this machine. Take the package by name.")
    print(f"{name}: {len(pins(name))} packages")


def pins(name: str) -> list[str]:
    """The pins of a lock file without their hashes, such as ``numpy==2.4.6 ; python_version < '3.12'``."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line.removesuffix("\\").strip() for line in text.splitlines() if re.match(r"\w", line)]


def _write(path: Path, lines: list[str]) -> str:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


if __name__ == "__main__":
    main(upgrade="--upgrade" in sys.argv[1:])
