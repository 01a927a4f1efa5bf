"""Forecast overrides as the journal knew them at an instant."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Engine, select

from feedback.forecast_override import ForecastOverride
from feedback.journal import schema


def overrides_known(store: Engine, as_of: datetime) -> list[ForecastOverride]:
    """The last version of every override that had been decided by ``as_of``, in the order of their ids.

    What was decided, changed or withdrawn later is not known yet, so a replay of the past sees what planners had said
    then. Expired ones are among them: a forecast of the past needs them.
    """
    event, setting = schema.event.c, schema.setting.c
    overridden = select(setting.subject).where(setting.kind == "forecast_override")
    wanted = (
        select(event.subject, event.actor, event.at, event.payload)
        .where(event.kind == "forecast_override", event.subject.in_(overridden))
        .order_by(event.sequence)
    )
    found = {}
    with store.connect() as connection:
        for row in connection.execute(wanted):
            made_at = datetime.fromisoformat(row.at)
            if made_at <= as_of:
                found[row.subject] = ForecastOverride.read(row.subject, row.actor, made_at, json.loads(row.payload))
    return [found[subject] for subject in sorted(found)]
