"""Who manages people manages those of their workspace, and no one else."""

from desk_people import add_person


def test_somebody_new_gets_a_password_once_and_only_the_roles_that_were_given(desk, browser) -> None:
    boss = browser("admin")
    told = boss.change("people/add", name="cai", roles=["planner"]).json()
    assert told["name"] == "cai" and len(told["password"]) >= 20
    assert desk.accounts.verified("cai", told["password"])
    row = next(row for row in boss.ask("people").json()["people"] if row["name"] == "cai")
    assert (row["roles"], row["tenant_id"], row["must_change"]) == ("planner", "shop", True)
    assert desk.deeds.last("shop")[0]["what"] == "add"
    for wrong in ({"name": "cai", "roles": ["planner"]}, {"name": "x y", "roles": ["planner"]}, {"name": "d"},
                  {"name": "d", "roles": ["king"]}, {"name": "d", "roles": []}):  # fmt: skip
        assert boss.change("people/add", **wrong).status_code == 400


def test_a_role_that_is_taken_is_gone_with_the_next_request(desk, browser) -> None:
    add_person(desk, "dan", {"approver"}, "shop")
    dan, boss = browser("dan"), browser("admin")
    assert dan.change("total", query={}).status_code == 200
    assert boss.change("people/grant", name="dan", roles=["analyst"]).status_code == 200
    assert dan.change("total", query={}).status_code == 403
    boss.change("people/shut_out", name="dan")
    assert dan.ask("worklist").status_code == 401


def test_who_only_plans_manages_nobody(browser) -> None:
    for name in ("planner", "approver", "analyst"):
        someone = browser(name)
        assert someone.ask("people").status_code == 403
        assert someone.change("people/add", name="eve", roles=["admin"]).status_code == 403
        assert someone.get("/t/shop/people").status_code == 403


def test_who_manages_one_workspace_gets_at_no_account_of_others(desk, browser) -> None:
    add_person(desk, "local", {"admin"}, "shop")
    add_person(desk, "elsewhere", {"planner"}, "other")
    local = browser("local")
    assert local.change("people/reset", name="elsewhere").status_code == 403
    assert local.change("people/reset", name="admin").status_code == 403
    assert local.change("people/grant", name="admin", roles=["analyst"]).status_code == 403
    assert local.change("people/grant", name="local", roles=["approver"]).status_code == 403
    assert "elsewhere" not in [row["name"] for row in local.ask("people").json()["people"]]


def test_nobody_shuts_themselves_out(browser) -> None:
    assert browser("admin").change("people/shut_out", name="admin").status_code == 403


def test_a_new_password_ends_sessions_and_must_be_changed(desk, browser) -> None:
    add_person(desk, "fay", {"planner"}, "shop")
    fay, boss = browser("fay"), browser("admin")
    password = boss.change("people/reset", name="fay").json()["password"]
    assert fay.ask("worklist").status_code == 401
    assert browser().sign_in("fay", password).ask("worklist").status_code == 403
