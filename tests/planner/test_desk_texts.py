"""Every word of the desk exists in both languages, and none is left over."""

import re
import runpy
from pathlib import Path

import planner
from optimization.replenishment.economics.bridge import STEPS
from planner.bridge_rows import QUESTIONS
from planner.deciding import REASONS
from planner.texts import MODULES, TEXTS
from planner.worklist.suggestions import CAUSES

FOLDER = Path(planner.__file__).parent
# Keys that are put together from a value of the data.
BUILT = (
    "section.", "health.", "delivery.", "control.", "status.", "action.", "event.", "cause.", "cause_kind.",
    "bridge.", "column.",
    "mind.", "reason.", "change.", "told.", "key.", "legend.", "effect.", "page.", "view.", "login.", "password.",
    "role.", "do.", "term.", "term_status.", "claim.", "charge.", "alerts.", "kind.", "channel.", "notice.",
    "scenario.", "total.", "moved.", "wave.", "policy.", "clear_way.", "system.", "hold.",
    "holds.", "run.", "push.", "driver.", "stage.", "mode.", "demand_part.", "fault.", "proposal.done_", "way.",
    "unit.", "source.", "hint.", "order.",
    "default.", "level.", "step.", "override.", "deed.", "decision.", "message.", "grid.",
)  # fmt: skip


def sources() -> str:
    files = [*FOLDER.glob("static/*.js"), *FOLDER.glob("static/[!v]*/*.js"), *FOLDER.glob("templates/*.html")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_every_text_that_is_said_exists_and_none_is_left_over() -> None:
    said = set(re.findall(r"""\bt\(["']([\w./?]+)["']""", sources()))
    assert sorted(key for key in said if key not in TEXTS and not key.endswith(".")) == []
    words = sources()
    spelt_out = [key for key in TEXTS if not key.startswith(BUILT)]
    assert [key for key in spelt_out if f'"{key}"' not in words and f"'{key}'" not in words] == []


def test_both_languages_name_the_same_values() -> None:
    for key, both in TEXTS.items():
        english, chinese = (set(re.findall(r"\{\w+\}", text)) for text in both)
        assert english == chinese, key
        assert all(text.strip() for text in both), key


def test_no_two_parts_say_one_text() -> None:
    assert sum(len(module.TEXTS) for module in MODULES) == len(TEXTS)


def test_every_cause_and_reason_has_a_name() -> None:
    assert [cause for cause in CAUSES if f"cause.{cause}" not in TEXTS] == []
    assert [reason for reason in REASONS if f"reason.{reason}" not in TEXTS] == []


def test_every_kind_of_cause_that_a_change_may_have_has_a_name() -> None:
    models = FOLDER.parent / "dbt_project" / "models" / "intermediate"
    changes, troubles = (
        (models / f"{name}.sql").read_text(encoding="utf-8") for name in ("int_change_cause", "int_supply_trouble")
    )
    told = changes.split("kinds as (")[1].split("end as cause_kind")[0]
    # A part of a need may be its own cause, and a line's trouble is its order's or its shipment's.
    parts = re.search(r"part in \(([^)]*)\) then part", told)
    kinds = {*re.findall(r"(?:then|else) '(\w+)'", told), *re.findall(r"\w+", parts[1])}
    kinds |= {*re.findall(r"'(\w+)'", troubles.split("if(waybill_no is null")[1].split(")")[0])}
    assert {"stock", "capacity", "shipment", "purchase_order", "lead_time"} <= kinds
    assert [kind for kind in sorted(kinds) if f"cause_kind.{kind}" not in TEXTS] == []


def test_the_vendored_files_are_the_pinned_ones() -> None:
    vendor = runpy.run_path(str(FOLDER.parent / "scripts" / "vendor.py"))
    assert vendor["check"]() == []


def test_every_step_of_a_bridge_has_a_name_and_a_question_behind_it() -> None:
    assert [step for step in STEPS if f"bridge.{step}" not in TEXTS or step not in QUESTIONS] == []
