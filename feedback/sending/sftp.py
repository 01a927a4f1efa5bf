"""A folder behind SFTP: written aside and renamed, so that a receiver never picks up half a file."""

from __future__ import annotations

import base64
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import paramiko

from feedback.sending.destination import UnreachableError
from feedback.sending.place import check_size, plain_name


@dataclass(frozen=True)
class SftpFolder:
    """One folder on an SFTP server.

    Parameters
    ----------
    host, port, user
        Where, and as whom.
    folder
        The folder; it must exist.
    host_key
        The server's public key as `known_hosts` has it, ``ssh-ed25519 AAAA…``. Any other server is refused.
    key_file, password
        How to log in: a private key, or a password.
    timeout
        Seconds to wait for the server. Default 30.
    """

    host: str
    port: int
    user: str
    folder: PurePosixPath
    host_key: str
    key_file: Path | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 30.0

    def put(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Each written aside and renamed over what is there, unless that holds the same bytes."""
        with self._session() as session:
            for name, content in files:
                path, aside = str(self.folder / name), str(self.folder / f".{name}.part")
                if _holds(session, path, content):
                    continue
                with session.open(aside, "wb") as file:
                    file.set_pipelined(True)
                    file.write(content)
                if session.stat(aside).st_size != len(content):
                    raise OSError(f"{aside} is not whole: is the server's disk full?")
                # Part of OpenSSH's protocol since 2008: a plain rename fails if the name is taken.
                session.posix_rename(aside, path)

    def read(self, pattern: str) -> list[tuple[str, bytes]]:
        """Files of the folder, without those that somebody is writing aside."""
        with self._session() as session:
            listed = {entry.filename: entry for entry in session.listdir_attr(str(self.folder))}
            names = sorted(name for name in listed if fnmatchcase(name, pattern) and plain_name(name))
            files = [name for name in names if stat.S_ISREG(listed[name].st_mode or stat.S_IFREG)]
            for name in files:
                check_size(name, listed[name].st_size or 0)
            return [(name, _content(session, str(self.folder / name))) for name in files]

    @contextmanager
    def _session(self) -> Iterator[paramiko.SFTPClient]:
        """A session of its own for every delivery: it costs a second and leaves nothing to go stale."""
        client = paramiko.SSHClient()
        kind, _, key = self.host_key.partition(" ")
        # The keys of this machine's user are not asked: only what the deployment configured is trusted.
        name = self.host if self.port == paramiko.config.SSH_PORT else f"[{self.host}]:{self.port}"
        client.get_host_keys().add(name, kind, paramiko.PKey.from_type_string(kind, base64.b64decode(key.split()[0])))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.connect(
                self.host, self.port, self.user, self.password, timeout=self.timeout, auth_timeout=self.timeout,
                banner_timeout=self.timeout, key_filename=None if self.key_file is None else str(self.key_file),
                allow_agent=False, look_for_keys=False,
            )  # fmt: skip
            session = client.open_sftp()
            session.get_channel().settimeout(self.timeout)
            yield session
        except (OSError, EOFError, paramiko.SSHException) as error:
            where = f"sftp://{self.user}@{self.host}:{self.port}{self.folder}"
            raise UnreachableError(f"{where}: {type(error).__name__}: {error}") from error
        finally:
            client.close()


def _holds(session: paramiko.SFTPClient, path: str, content: bytes) -> bool:
    try:
        return session.stat(path).st_size == len(content) and _content(session, path) == content
    except FileNotFoundError:
        return False


def _content(session: paramiko.SFTPClient, path: str) -> bytes:
    with session.open(path, "rb") as file:
        file.prefetch()
        return file.read()
