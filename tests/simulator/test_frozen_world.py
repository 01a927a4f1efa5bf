"""The reference world stays as it was when the twin was finished: everything later is judged in it."""

import hashlib
import json
from dataclasses import asdict

from simulator.choice import choose

# Systems that refuse, formats and faults of exports are dials of a run, not of the world.
OF_A_RUN = ("acting", "exports", "dirt")
FROZEN = "7271fd54a14865e3e6145e265de8a253f4909bb79dd1cfe68dfbb1ee1ab91a05"


def test_the_reference_world_is_frozen():
    world = asdict(choose("reference"))
    for section in OF_A_RUN:
        del world[section]
    written = json.dumps(world, sort_keys=True, ensure_ascii=False, default=str)

    assert hashlib.sha256(written.encode()).hexdigest() == FROZEN, (
        "simulator/worlds/reference.toml, or a default that it rests on, has changed. The reference world is frozen: "
        "later work never tunes the world it is judged in. Undo the change and try your idea in a world file of your "
        "own (based_on = 'reference.toml') or under another seed."
    )
