"""Fetch what the planner's desk shows in a browser and did not write itself: ``python scripts/vendor.py [--check]``.

The files lie in `planner/static/vendor/`, in the repository: whoever runs the desk needs neither npm nor a network.
`vendor.toml` beside them pins each package by version and by the hash of its archive, and each file by its own. Without
``--check`` the archives are fetched by `npm pack`, compared and unpacked; with it the files that lie there are
compared.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "planner" / "static" / "vendor"


def pinned() -> list[dict]:
    """The packages of `vendor.toml`."""
    return tomllib.loads((FOLDER / "vendor.toml").read_text(encoding="utf-8"))["package"]


def check() -> list[str]:
    """What lies there and is not what was pinned, or is missing, in words."""
    wrong = []
    for package in pinned():
        for name, entry in package["files"].items():
            path = FOLDER / name
            found = _sha256(path.read_bytes()) if path.exists() else "missing"
            if found != entry["sha256"]:
                wrong.append(f"{path.name} is {found}, pinned is {entry['sha256']}; run scripts/vendor.py")
    return wrong


def fetch() -> None:
    """Fetch the archives and take the pinned files out of them.

    Raises
    ------
    SystemExit
        If an archive is not the one that was pinned.
    """
    for package in pinned():
        with tempfile.TemporaryDirectory() as folder:
            command = ["npm", "pack", "--silent", f"{package['name']}@{package['version']}"]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            [archive] = Path(folder).glob("*.tgz")
            found = hashlib.sha512(archive.read_bytes()).hexdigest()
            if found != package["sha512"]:
                sys.exit(f"error: {archive.name} is {found}, pinned is {package['sha512']}; it was not unpacked.")
            with tarfile.open(archive) as content:
                for name, entry in package["files"].items():
                    (FOLDER / name).write_bytes(content.extractfile(f"package/{entry['from']}").read())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        fetch()
    if wrong := check():
        sys.exit("error: " + "\n".join(wrong))
