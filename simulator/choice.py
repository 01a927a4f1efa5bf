"""Which world: one that ships, by name, or a file of the user's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from simulator.exports.dialects import DIALECTS
from simulator.parameters import Exports, ParameterError, Parameters, read

__all__ = ["WORLDS", "choose"]

WORLDS = Path(__file__).parent / "worlds"


def choose(
    name: str, seed: int | None = None, history: int | None = None, dialects: tuple[str, ...] = ()
) -> Parameters:
    """The parameters of a world, with another seed, length of history or formats of its exports where given.

    Raises
    ------
    ParameterError
        If there is no such world, or its file is wrong.
    """
    own = Path(name)
    path = own if own.suffix == ".toml" else WORLDS / f"{name}.toml"
    if not path.is_file():
        shipped = ", ".join(sorted(file.stem for file in WORLDS.glob("*.toml") if file.stem != "fitted"))
        raise ParameterError(f"no world is called {name!r}; there is {shipped}, or name a .toml file of your own")
    parameters = read(path)
    if unknown := sorted(set(dialects) - set(DIALECTS)):
        raise ParameterError(f"no dialect is called {unknown[0]!r}; there are {', '.join(DIALECTS)}")
    if dialects:
        parameters = replace(parameters, exports=Exports(dialects=dialects))
    changes = {"seed": seed, "history_days": history}
    changes = {key: value for key, value in changes.items() if value is not None}
    return replace(parameters, world=replace(parameters.world, **changes)) if changes else parameters
