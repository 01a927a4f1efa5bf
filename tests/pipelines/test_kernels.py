"""An upgrade of the sources is an upgrade of what was compiled of them."""

import subprocess
import sys
from pathlib import Path

from pipelines.kernels import ROOMS, forget_stale_kernels

CALLER = """\
import numba
from optimization.waves.callee import rate
@numba.njit(cache=True)
def doubled():
    return 2 * rate()
"""
CALLEE = """\
import numba
@numba.njit(cache=True)
def rate():
    return {rate}
"""


def doubled(root: Path) -> int:
    code = "from optimization.waves.caller import doubled; print(doubled())"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_kernel_is_compiled_anew_when_what_it_calls_has_changed(tmp_path):
    for room in ROOMS:
        (tmp_path / room).mkdir(parents=True)
    room = tmp_path / "optimization" / "waves"
    for package in (room, room.parent):
        (package / "__init__.py").touch()
    (room / "caller.py").write_text(CALLER)
    (room / "callee.py").write_text(CALLEE.format(rate=10))
    forget_stale_kernels(tmp_path)
    assert doubled(tmp_path) == 20
    assert forget_stale_kernels(tmp_path) == 0

    (room / "callee.py").write_text(CALLEE.format(rate=100))
    assert doubled(tmp_path) == 20, "numba looks at called files by now: pipelines/kernels.py can go"
    assert forget_stale_kernels(tmp_path) > 0
    assert doubled(tmp_path) == 200
