"""The same seed gives the same bytes, in another process and whatever Python's hashes are; another seed does not."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from pathlib import Path
from simulator.choice import choose
from simulator.exports.daily import deliver
from simulator.exports.policy import write_policy
from simulator.world import World

world = World.of(choose("tiny", seed=int(sys.argv[2])))
world.live(20)
deliver(world, Path(sys.argv[1]) / "inbox", world.masters.first_day)
write_policy(world, Path(sys.argv[1]) / "policy")
"""


def exported(folder: Path, seed: int, hashes: str) -> dict[str, str]:
    environment = os.environ | {"PYTHONHASHSEED": hashes}
    subprocess.run([sys.executable, "-c", SCRIPT, str(folder), str(seed)], check=True, env=environment)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_two_runs_of_one_seed_are_byte_identical_and_another_seed_differs(tmp_path):
    first, again = (exported(tmp_path / name, 7, hashes) for name, hashes in (("first", "1"), ("again", "2")))
    assert len(first) > 100 and first == again
    other = exported(tmp_path / "other", 8, "1")
    orders = next(name for name in first if name.startswith("order.sales_order.") and name.endswith(".csv"))
    assert other[orders] != first[orders]
