"""What is to be told is kept beside the journal and arrives once, by a real mail server and a real webhook."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from mail_server import mail_server

from feedback.alerts.letter import subject
from feedback.alerts.mail import Mail
from feedback.alerts.notices import last_notices, send_notices
from feedback.alerts.standings import Measured, alerts, take_on, take_readings, watched_rules
from feedback.alerts.watch import Reading, Rule
from feedback.sending import UnreachableError

AT = datetime(2026, 11, 1, 6, tzinfo=UTC)
LOW = Rule("low", "ann@example.com", "in_stock_rate", 0.9, False, 0.95, remind_days=3, channels=("mail",))


def measured(value: float | None, member: str = "W1", rule: Rule = LOW, money: int = 500) -> list[Measured]:
    readings = {member: Reading(value, Decimal(money))}
    return [Measured(rule, "In stock", "有货率", "share", readings)]


def day(number: int) -> datetime:
    return AT + timedelta(days=number)


def test_the_same_instant_read_again_tells_nothing_new_and_a_later_truth_replaces_it(journal) -> None:
    store = journal.store
    assert len(take_readings(store, measured(0.8), AT)) == 2, "one to see on the desk, one to mail"
    assert take_readings(store, measured(0.8), AT) != [] and len(last_notices(store)) == 2
    take_readings(store, measured(0.92), AT)
    assert alerts(store) == [] and [row["channel"] for row in last_notices(store)] == ["desk"]
    take_readings(store, measured(0.8), AT)
    [alert] = alerts(store)
    assert (alert["member"], alert["value"], alert["money"]) == ("W1", 0.8, Decimal(500))
    assert take_readings(store, measured(0.99), day(-1)) == [] and len(alerts(store)) == 1, "the past changes nothing"


def test_the_most_money_comes_first_and_rules_that_are_gone_leave_nothing(journal) -> None:
    store = journal.store
    two = [Measured(LOW, "In stock", "有货率", "share", {
        "W1": Reading(0.5, Decimal(10)), "W2": Reading(0.6, Decimal(90)), "W3": Reading(0.99),
    })]  # fmt: skip
    take_readings(store, two, AT)
    assert [row["member"] for row in alerts(store)] == ["W2", "W1"]
    assert [(row["watched"], row["open"]) for row in watched_rules(store)] == [(3, 2)]
    take_readings(store, measured(0.5), day(1))
    assert [row["member"] for row in alerts(store)] == ["W1"], "what is not there any more has ended"
    take_readings(store, [], day(2))
    assert alerts(store) == [] and watched_rules(store) == []


def test_a_name_of_two_lines_has_one_in_the_subject() -> None:
    notice = {
        "kind": "begun", "title": "In stock", "title_zh": "有货率", "member": "Tea\r\nBcc: x", "value": 0.5,
        "unit": "share",
    }  # fmt: skip
    assert subject(notice) == "Alert 预警: In stock (Tea Bcc: x) = 50.0%"


def test_who_looks_after_an_alert_is_not_reminded(journal) -> None:
    store = journal.store
    take_readings(store, measured(0.8), AT)
    take_on(store, "low", "W1", "bob")
    for number in (0, 4, 8):
        take_readings(store, measured(0.8), day(number))
    assert {row["kind"] for row in last_notices(store)} == {"begun"}
    assert alerts(store)[0]["taken_by"] == "bob"
    with pytest.raises(ValueError, match="no such alert"):
        take_on(store, "low", "W2", "bob")


def test_a_mail_arrives_once_in_both_languages_and_what_is_refused_is_said(journal) -> None:
    store = journal.store
    rules = [("low", "ann@example.com"), ("gone", "eve@refusing.test"), ("wait", "bob@busy.test"), ("desk", "ann")]
    take_readings(
        store,
        [
            each
            for name, owner in rules
            for each in measured(0.8, rule=Rule(name, owner, "in_stock_rate", 0.9, False, 0.95, channels=("mail",)))
        ],
        AT,
    )
    with mail_server() as (port, mails):
        ways = {"mail": Mail("127.0.0.1", port, "desk@example.com", "shop", starttls=False).deliver}
        assert send_notices(store, ways, lambda: AT) == {"sent": 1, "failed": 1, "refused": 2}
        assert send_notices(store, ways, lambda: AT) == {"sent": 0, "failed": 0, "refused": 0}
        assert send_notices(store, ways, lambda: day(1))["failed"] == 1
    [mail] = mails
    assert mail["to"] == "ann@example.com" and mail["subject"].startswith("Alert 预警: In stock (W1) = 80.0%")
    body = mail.get_content()
    assert "below its limit of 90.0%" in body and "低于阈值 90.0%" in body and "500.00" in body
    found = {row["rule"]: (row["status"], row["error"]) for row in last_notices(store) if row["channel"] == "mail"}
    assert found["low"] == ("sent", None) and "550" in found["gone"][1] and "451" in found["wait"][1]
    assert found["desk"] == ("refused", "owner 'ann' is no mail address; name one in the rule")


def test_a_server_that_is_down_is_tried_again(journal) -> None:
    take_readings(journal.store, measured(0.8), AT)
    with mail_server() as (port, _):
        pass
    ways = {"mail": Mail("127.0.0.1", port, "desk@example.com", "shop", starttls=False, timeout=1).deliver}
    assert send_notices(journal.store, ways, lambda: AT)["failed"] == 1
    with mail_server() as (port, mails):
        ways = {"mail": Mail("127.0.0.1", port, "desk@example.com", "shop", starttls=False).deliver}
        assert send_notices(journal.store, ways, lambda: AT + timedelta(minutes=4))["sent"] == 0
        assert send_notices(journal.store, ways, lambda: AT + timedelta(minutes=6))["sent"] == 1
    assert len(mails) == 1


def test_after_eight_attempts_a_notice_is_given_up_and_says_so(journal) -> None:
    take_readings(journal.store, measured(0.8), AT)

    def unreachable(notice_id, notice) -> None:
        raise UnreachableError("connection refused")

    failed = [send_notices(journal.store, {"mail": unreachable}, lambda n=n: day(n))["failed"] for n in range(10)]
    assert failed == [1] * 8 + [0] * 2
    found = {row["channel"]: (row["status"], row["error"]) for row in last_notices(journal.store)}
    assert found["mail"] == ("given_up", "connection refused")


def test_a_process_that_died_while_it_sent_is_made_good(journal) -> None:
    take_readings(journal.store, measured(0.8), AT)
    seen: list[str] = []

    def die(notice_id, notice) -> None:
        seen.append(notice_id)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_notices(journal.store, {"mail": die}, lambda: AT)
    ways = {"mail": lambda notice_id, notice: seen.append(notice_id)}
    assert send_notices(journal.store, ways, lambda: AT + timedelta(minutes=9))["sent"] == 0
    assert send_notices(journal.store, ways, lambda: AT + timedelta(minutes=11))["sent"] == 1
    assert len(set(seen)) == 1, "under one id, so a mail program shows it once"


def test_what_is_posted_says_all_that_a_program_needs(journal) -> None:
    take_readings(journal.store, measured(0.8), AT)
    told: list[dict] = []
    send_notices(journal.store, {"mail": lambda _, notice: told.append(dict(notice))}, lambda: AT)
    wanted = {"rule": "low", "member": "W1", "kind": "begun", "value": 0.8, "limit": 0.9, "money_at_stake": "500"}
    assert wanted.items() <= json.loads(json.dumps(told[0])).items()
