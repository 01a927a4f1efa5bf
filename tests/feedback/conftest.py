"""A journal in SQLite and in a real PostgreSQL."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from feedback.journal import Journal, open_store


@pytest.fixture(scope="session")
def postgres(requires_postgres: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server of its own, on a socket in a folder of its own."""
    folder = tmp_path_factory.mktemp("pg")
    # The server refuses to run as root; and a socket's path has at most 107 characters.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    home = Path("/tmp") / f"supplyloop-pg-{os.getpid()}" if as_user else folder
    home.mkdir(exist_ok=True)
    if as_user:
        shutil.chown(home, "postgres")

    def call(program: str, *arguments: str) -> None:
        command = [*as_user, str(requires_postgres / program), *arguments]
        subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    data = str(home / "data")
    try:
        call("initdb", "-D", data, "-U", "planner", "-A", "trust", "--no-sync")
        call("pg_ctl", "-D", data, "-w", "-o", f"-k {home} -c listen_addresses=", "-l", str(home / "log"), "start")
        yield f"postgresql+psycopg2://planner@/postgres?host={home}"
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'decisions.db'}"
    server = request.getfixturevalue("postgres")
    name = f"t{abs(hash(request.node.nodeid)):x}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"drop database if exists {name}"))
        connection.execute(text(f"create database {name}"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    """An empty journal, once in each database."""
    store = open_store(url)
    yield Journal(store)
    store.dispose()
