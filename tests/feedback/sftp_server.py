"""A real SFTP server on a folder, in a thread: another implementation of the protocol than the one that sends."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

PASSWORD = "open sesame"


@dataclass
class Server:
    """Where it listens, what its key is, and `limit`: how many writes it takes before it drops the connection."""

    port: int
    host_key: str
    limit: list[int | None]


class OneUser(asyncssh.SSHServer):
    """Lets `shop` in with the password."""

    def begin_auth(self, username: str) -> bool:
        """Every user needs one."""
        return True

    def password_auth_supported(self) -> bool:
        """Nothing else is."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """One user, one password."""
        return (username, password) == ("shop", PASSWORD)


@contextmanager
def sftp_server(root: Path) -> Iterator[Server]:
    """Serve `root` as the whole tree."""
    key, loop, limit = asyncssh.generate_private_key("ssh-ed25519"), asyncio.new_event_loop(), [None]

    class Rooted(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
            super().__init__(channel, chroot=str(root))

        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            if limit[0] is not None:
                limit[0] -= 1
                if limit[0] < 0:
                    self.connection.abort()
            return super().write(file_obj, offset, data)

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=OneUser, server_host_keys=[key], sftp_factory=Rooted
        )

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        yield Server(acceptor.get_port(), key.export_public_key().decode().strip(), limit)
    finally:
        loop.call_soon_threadsafe(acceptor.close)
        asyncio.run_coroutine_threadsafe(acceptor.wait_closed(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
