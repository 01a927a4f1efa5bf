"""World files are read whole or refused with one clear error."""

from datetime import date
from pathlib import Path

import pytest

from simulator.parameters import ParameterError, read

WORLDS = Path(__file__).parents[2] / "simulator" / "worlds"


@pytest.fixture
def world(tmp_path):
    """Writes a world file that changes the small world by some lines of TOML, and reads it."""

    def written(changes: str):
        base = (WORLDS / "reference.toml").as_posix()
        path = tmp_path / "mine.toml"
        path.write_text(f'based_on = "{base}"\n{changes}', encoding="utf-8")
        return read(path)

    return written


@pytest.mark.parametrize("name", ["small", "reference", "bulk"])
def test_every_world_we_ship_is_valid(name):
    assert read(WORLDS / f"{name}.toml").world.name == name


def test_a_world_keeps_what_it_does_not_change_of_the_world_it_is_based_on(world):
    reference, mine = read(WORLDS / "reference.toml"), world("[world]\nseed = 5")

    assert mine.world.seed == 5
    assert mine.world.first_day == reference.world.first_day == date(2024, 7, 1)
    assert mine.categories == reference.categories


SHOP = '[[shop]]\nid = "A"\nname = "A"\nplatform = "app"\nweight = 1\n'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ("[world]\nsead = 5", r"mine.toml: \[world\] sead: unknown key; the keys are name, seed"),
        ("[wrld]\nseed = 5", r"mine.toml: \[wrld\]: unknown table; the tables are world, catalogue"),
        ("[world]\nseed = -1", r"mine.toml: \[world\] seed: found -1; must be at least 0"),
        ('[world]\nseed = "one"', r"mine.toml: \[world\] seed: found 'one'; write a value of type int"),
        ("[world]\nseed = true", r"\[world\] seed: found True; write a value of type int"),
        ("[world]\nfirst_day = 2031-01-01", r"\[world\] first_day: found 2031-01-01; must be at most 2028-12-31"),
        ("[demand]\nweekday = [1, 2]", r"\[demand\] weekday: found \[1, 2\]; write a list of 7 values"),
        ("[promotion]\ndepth = [0.5, 0.1]", r"\[promotion\] depth: found \[0.5, 0.1\]; write the smaller value first"),
        (SHOP.replace('"app"', '"shop"'), r"\[\[shop\]\] 1 platform: found 'shop'; must be one of app, mini_program"),
        (SHOP + SHOP, r"\[\[shop\]\] id: found 'A' twice"),
        (SHOP.replace("weight = 1", "weight = 0"), r"\[\[shop\]\] weight: all are zero"),
        ('[[shop]]\nid = "A"\nname = "A"\nplatform = "app"', r"\[\[shop\]\] 1 weight: missing; add it"),
        ("[world\n", r"mine.toml: not readable as TOML"),
        (
            '[[supplier]]\nname = "A"\nkind = "brand"',
            r"no supplier of kind merchant has it, but it is sold as merchant",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_file_and_key(world, changes, message):
    with pytest.raises(ParameterError, match=message):
        world(changes)


def test_worlds_based_on_each_other_in_a_ring_are_refused(tmp_path):
    (tmp_path / "a.toml").write_text('based_on = "b.toml"')
    (tmp_path / "b.toml").write_text('based_on = "a.toml"')

    with pytest.raises(ParameterError, match="based_on leads back to this file"):
        read(tmp_path / "a.toml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ParameterError, match=r"none.toml: no such file"):
        read(tmp_path / "none.toml")
