"""Slows down whoever guesses or asks too much: so many in a while, and then a wait."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta


class Throttle:
    """Counts failures by key, in memory: a restart forgets them, and takes longer than the wait.

    Parameters
    ----------
    most
        Failures that are let pass. Default 5.
    window
        In which time. Default 5 minutes.
    """

    def __init__(self, now: Callable[[], datetime], most: int = 5, window: timedelta = timedelta(minutes=5)) -> None:
        self.now, self.most, self.window = now, most, window
        self._failures: dict[str, deque[datetime]] = defaultdict(deque)
        self._lock = threading.Lock()

    def wait(self, *keys: str) -> int:
        """Seconds to wait before the next try of any of these keys; 0 for none."""
        with self._lock:
            return max(self._wait(key) for key in keys)

    def note(self, *keys: str) -> None:
        """Note one of these keys: a failure, or a request."""
        with self._lock:
            for key in keys:
                self._failures[key].append(self.now())

    def forget(self, *keys: str) -> None:
        """Somebody got it right."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _wait(self, key: str) -> int:
        failures = self._failures.get(key)
        while failures and failures[0] <= self.now() - self.window:
            failures.popleft()
        if not failures:
            self._failures.pop(key, None)
            return 0
        if len(failures) < self.most:
            return 0
        return int((failures[-self.most] + self.window - self.now()).total_seconds()) + 1
