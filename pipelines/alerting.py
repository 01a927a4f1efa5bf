"""Watches the metrics that rules name, and tells their owners."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.alert_rules import AlertFile, AlertRule
from pipelines.metrics import Metric
from pipelines.settings import SettingsError

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy import Engine

    from feedback.alerts.notices import Deliver
    from feedback.alerts.standings import Measured


def measure(connection: duckdb.DuckDBPyConnection, file: AlertFile) -> list[Measured]:
    """Every rule with the readings of its members, from the marts as they stand.

    A rule whose mart this workspace has not made yet reads nothing.

    Raises
    ------
    SettingsError
        If a rule cuts by a column that its mart does not have.
    """
    from feedback.alerts.standings import Measured

    found = []
    for name, rule in file.rules.items():
        metric = rule.measured
        found.append(
            Measured(rule.rule(name), metric.title, metric.title_zh, metric.unit, _readings(connection, name, rule))
        )
    return found


def send(store: Engine, file: AlertFile, workspace: str, now: Callable[[], datetime]) -> dict[str, int]:
    """Send what is due by mail and webhook; counts of sent, failed and refused.

    Raises
    ------
    SettingsError
        If a secret is not in the environment.
    """
    from feedback.alerts.notices import by_webhook, send_notices
    from feedback.sending.webhook import Webhook

    ways: dict[str, Deliver] = {}
    if file.mail is not None:
        ways["mail"] = file.mail.mail(workspace).deliver
    if file.webhook is not None:
        ways["webhook"] = by_webhook(Webhook(file.webhook.url, file.webhook.secret, now))
    return send_notices(store, ways, now)


def _readings(connection: duckdb.DuckDBPyConnection, name: str, rule: AlertRule) -> dict[str, object]:
    from feedback.alerts.watch import Reading

    values = _values(connection, name, rule.measured, rule.by)
    stakes = {} if rule.at_stake is None else _values(connection, name, rule.at_stake, rule.by)
    return {
        member: Reading(value, None if (stake := stakes.get(member)) is None else Decimal(repr(stake)))
        for member, value in values.items()
    }


def _values(
    connection: duckdb.DuckDBPyConnection, name: str, metric: Metric, by: Sequence[str]
) -> dict[str, float | None]:
    """The metric by member; members are named by what they are cut by."""
    columns = {
        row[0]
        for row in connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = ?", [metric.mart]
        ).fetchall()
    }
    if not columns:
        return {}
    if wrong := [column for column in by if column not in columns]:
        raise SettingsError(
            f"alerts.toml: rule '{name}' cuts {metric.name} by '{wrong[0]}', which mart {metric.mart} does not have; "
            f"it has {', '.join(sorted(columns))}"
        )
    rows = connection.execute(f"with {metric.mart} as (from marts.{metric.mart}) {metric.select(by)}").fetchall()
    return {" · ".join(str(part) for part in row[:-1]): _number(row[-1]) for row in rows}


def _number(value: object) -> float | None:
    if value is None or not math.isfinite(float(str(value))):
        return None
    return float(str(value))
