"""What an ordinary run orders of each supplier, for the brakes."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, tzinfo
from decimal import Decimal
from statistics import median

from sqlalchemy import select

from feedback.journal import Journal
from feedback.journal.schema import event, message


def usual_money(journal: Journal, zone: tzinfo, days: int = 60) -> dict[str, Decimal]:
    """Median money that was approved of a supplier on a business day, over its last `days` days with any.

    A supplier whose decisions had no price is left out.
    """
    wanted = (
        select(event.c.at, message.c.body)
        .join(event, event.c.sequence == message.c.sequence)
        .where((message.c.decision != "recall") & (message.c.status != "withdrawn"))
        .order_by(event.c.sequence)
    )
    by_day: dict[str, dict[object, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with journal.store.connect() as connection:
        for at, body in connection.execute(wanted):
            row = json.loads(body)
            if row.get("supplier_id") and row.get("amount") is not None:
                day = datetime.fromisoformat(at).astimezone(zone).date()
                by_day[row["supplier_id"]][day] += Decimal(row["amount"])
    return {supplier: median(list(of_it.values())[-days:]) for supplier, of_it in sorted(by_day.items())}
