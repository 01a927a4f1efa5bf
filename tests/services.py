"""Programs that some tests need and no Python package brings: PostgreSQL's server, Chromium and LibreOffice.

A test names what it needs as an argument and gets the place of it:

    def test_two_desks_share_one_journal(requires_postgres: Path, tmp_path: Path) -> None:
        subprocess.run([requires_postgres / "initdb", ...])

Where the program is missing the test is skipped, and the summary says how to get it. With
SUPPLYLOOP_REQUIRE_SERVICES=1, which `.ci/run` sets, it fails instead.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRED = "SUPPLYLOOP_REQUIRE_SERVICES"
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET = {
    "PostgreSQL": "apt install postgresql (or any package that has initdb; put its folder on the PATH)",
    "LibreOffice": "apt install libreoffice-calc (or put soffice on the PATH)",
    "Chromium": f"apt install chromium (or put one of {', '.join(BROWSERS)} on the PATH)",
}


@pytest.fixture(scope="session")
def requires_postgres() -> Path:
    """The folder of PostgreSQL's server programs: initdb, pg_ctl, postgres."""
    return postgres_programs(os.environ["PATH"], DEBIAN_POSTGRES) or give_up("PostgreSQL", os.environ)


@pytest.fixture(scope="session")
def requires_chromium() -> Path:
    """The program of a Chromium browser."""
    return chromium_program(os.environ["PATH"]) or give_up("Chromium", os.environ)


@pytest.fixture(scope="session")
def requires_libreoffice() -> Path:
    """The program of LibreOffice."""
    found = shutil.which("soffice")
    return Path(found) if found else give_up("LibreOffice", os.environ)


def postgres_programs(path: str, debian: Path) -> Path | None:
    """The folder that holds initdb: one on `path`, else the newest under `debian`, which no PATH names."""
    if program := shutil.which("initdb", path=path):
        return Path(program).resolve().parent
    versions = sorted(debian.glob("*/bin/initdb"), key=lambda program: float(program.parts[-3]))
    return versions[-1].parent if versions else None


def chromium_program(path: str) -> Path | None:
    """The first known browser on `path`."""
    found = (shutil.which(browser, path=path) for browser in BROWSERS)
    return next((Path(program) for program in found if program), None)


def give_up(service: str, environment: Mapping[str, str]) -> NoReturn:
    """Skip the test, or fail it where services are required; either way say how to get the program."""
    message = f"needs {service}: {HOW_TO_GET[service]}"
    if environment.get(REQUIRED) == "1":
        pytest.fail(f"{message}; {REQUIRED}=1 forbids to skip", pytrace=False)
    pytest.skip(message)
