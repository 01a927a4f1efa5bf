"""Lists the benchmarks, or runs one: ``python -m benchmarks [NAME [ARGUMENT...]]``."""

import ast
import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """The first line of every benchmark's docstring, by name; a benchmark is a module that has a `main`."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        if path.stem != "__main__" and "main" in functions:
            found[path.stem] = (ast.get_docstring(module) or "").split("\n")[0]
    return found


def main(arguments: list[str]) -> None:
    """List them without a name, else run the one named with the arguments behind it."""
    known = benchmarks()
    if not arguments:
        for name, purpose in known.items():
            print(f"{name}\n    {purpose}")
        return
    if arguments[0] not in known:
        sys.exit(f"error: no benchmark is named {arguments[0]!r}; there are: {', '.join(known)}.")
    sys.argv = arguments
    runpy.run_module(f"benchmarks.{arguments[0]}", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
