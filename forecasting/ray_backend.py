"""Parts of a computation on Ray: on the cores of this machine, or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

# Ray would report its use to the outside, and let everything else on the machine go before its workers.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_worker_niceness", "0")


class RayBackend:
    """A ``Backend`` whose parts are tasks of Ray. The extra ``scale`` has the package.

    What all parts share is put into Ray's store once; a part brings only itself. A task that dies with its machine is
    computed again. Close it, or use it in a ``with`` statement: what it started ends with it.

    Parameters
    ----------
    partitions
        Parts that series are cut into. Default 16: enough to even out slow ones, too few to drown in their overhead.
    address
        Of a cluster, ``ray://head:10001`` or ``auto``; None starts Ray on this machine, without its web interface,
        log forwarding and usage reports: it is there sooner.
    cpus
        Of this machine, where Ray is started on it. All if None.

    Raises
    ------
    ImportError
        Where Ray is not installed.
    """

    def __init__(self, partitions: int = 16, address: str | None = None, cpus: int | None = None) -> None:
        import ray

        if partitions < 1:
            raise ValueError(f"partitions must be at least 1, found {partitions!r}")
        self.partitions, self._started = partitions, not ray.is_initialized()
        if self._started and address is not None:
            ray.init(address=address, log_to_driver=False)
        elif self._started:
            ray.init(num_cpus=cpus, include_dashboard=False, log_to_driver=False, configure_logging=False)

    def map(self, function: Callable[..., Any], parts: Sequence[Any], *shared: Any) -> list[Any]:
        """``function(part, *shared)`` of every part, in the order of the parts."""
        import ray

        task, kept = ray.remote(function), [ray.put(value) for value in shared]
        return ray.get([task.remote(part, *kept) for part in parts])

    def close(self) -> None:
        """End Ray where this backend started it."""
        import ray

        if self._started:
            ray.shutdown()

    def __enter__(self) -> RayBackend:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
