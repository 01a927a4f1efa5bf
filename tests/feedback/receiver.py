"""A real HTTP receiver in a process of its own: it fails, answers too late, and notes every post in a file."""

import json
import random
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import ClassVar

from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver(BaseHTTPRequestHandler):
    """Takes a key once; `errors` and `hangs` are shares of posts, a hanging one takes effect and is not answered."""

    log: Path
    errors = 0.0
    hangs = 0.0
    hang_seconds = 1.5
    randomness = random.Random(7)
    taken: ClassVar[set[str]] = set()
    lock = Lock()

    def do_POST(self) -> None:
        """Verify, take once, note, answer."""
        body = self.rfile.read(int(self.headers["content-length"]))
        Webhook(SECRET).verify(body, dict(self.headers))
        key = self.headers["webhook-id"]
        with self.lock:
            chance = self.randomness.random()
            effect = chance >= self.errors and key not in self.taken
            if effect:
                self.taken.add(key)
            answered = chance >= self.errors + self.hangs
            entry = {"key": key, "body": body.decode(), "effect": effect, "answered": answered, "at": time.time()}
            with self.log.open("a") as file:
                file.write(json.dumps(entry) + "\n")
        if chance < self.errors:
            self._say(503, {})
        elif not answered:
            time.sleep(self.hang_seconds)
        else:
            self._say(200, {"status": "accepted" if effect else "duplicate"})

    def _say(self, status: int, content: dict) -> None:
        text = json.dumps(content).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            pass  # the sender was killed

    def log_message(self, *_: object) -> None:
        """Say nothing on the error stream."""


if __name__ == "__main__":
    Receiver.log, Receiver.errors, Receiver.hangs = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    print(server.server_address[1], flush=True)
    server.serve_forever()
