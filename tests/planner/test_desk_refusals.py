"""Whatever the desk refuses is said in Chinese on a page in Chinese."""

import ast
import re
from pathlib import Path

import planner
from planner.texts.refusals import in_chinese

FOLDER = Path(planner.__file__).parent
# What is raised there reaches a page; signing in has texts of its own.
FILES = sorted(
    {*FOLDER.glob("web/*_api.py"), *FOLDER.glob("worklist/*.py"), *FOLDER.glob("exchange/*.py")}
    | {FOLDER / "web" / "guard.py", FOLDER / "deciding.py", FOLDER / "asking.py", FOLDER / "trying.py"}
    | {FOLDER / "bridge_rows.py", FOLDER.parent / "feedback" / "adopted_policy.py"}
    | {FOLDER / "access" / name for name in ("tokens.py", "views.py", "roles.py")}
)
RAISED = {"Denied", "ValueError", "QueryError", "RefusedError", "AskError", "TryError"}


def spelt(node: ast.expr) -> str | None:
    """A message with ``7`` in the place of whatever it fills in; None if it is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def messages() -> set[str]:
    found = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
                found |= {told for argument in node.args if (told := spelt(argument))}
    return found


def test_every_refusal_is_told_in_chinese() -> None:
    assert len(messages()) > 50
    assert [told for told in sorted(messages()) if in_chinese(told) == told] == []


def test_what_a_refusal_names_stays_in_it() -> None:
    assert in_chinese("BUY-1: ann has approved it already; a second person must") == "BUY-1：ann 已批准，须由另一人复签"
    assert in_chinese("BUY-1 is approved, so it cannot edit; that needs one of edited, proposed") == (
        "BUY-1 现为 approved，不能 edit；须处于 edited, proposed"
    )
    assert in_chinese("disk on fire") == "disk on fire"


def test_an_answer_says_both(browser) -> None:
    told = browser("planner").change("approve_many", query={}, seal="x").json()
    assert told["error"] == "your roles (planner) may not decide_many"
    assert told["error_zh"] == "您的角色（planner）无权执行 decide_many"
    assert not re.search("[a-z]{4,}", browser("analyst").ask("boards/nope").json()["error_zh"].partition("；")[0][:6])
