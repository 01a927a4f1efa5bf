"""What is fast and how good: each module is a program (`python -m benchmarks`). Today's kernels are timed."""

from pipelines.kernels import forget_stale_kernels

forget_stale_kernels()
