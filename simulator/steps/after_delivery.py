"""What customers do once they have the goods: ask for an invoice, review, send back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.fates import again
from simulator.steps.sales_invoices import issue
from simulator.steps.states import value_of
from simulator.tables import code
from simulator.times import DAY, HOUR, day_of, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["QUALITY", "REASONS", "decide", "reviews"]

ORDER, LINE, REVIEW = "order.sales_order", "order.sales_order_line", "product.review"
# Reasons of returns that are not about the size, and their shares (assumed).
REASONS = ("no_longer_wanted", "quality", "description")
OTHER_SHARES = (0.58, 0.27, 0.15)
QUALITY = "quality"
STARS = ((0.70, 5), (0.90, 4), (0.97, 3), (1.0, 2))  # of a customer who keeps the goods
LATE_DAYS = 2  # from so many days late on, the delivery is what a review speaks of


def decide(
    world: World, orders: np.ndarray, at: np.ndarray, late_by: np.ndarray, lines: np.ndarray, owner: np.ndarray
) -> None:
    """Let the customers of orders delivered at `at` decide; `lines` are what they have, `owner` its order's place."""
    sales = world.tables[ORDER]
    theirs = sales.get("fulfil_mode", orders) == code(ORDER, "fulfil_mode", "merchant")
    asks = (sales.get("_u_invoice", orders) < world.parameters.customers.invoice_share) & ~theirs
    issue(world, at[asks] + 3 * HOUR, orders[asks])
    goes_back, reason = _returns(world, lines, theirs[owner])
    _review_later(
        world, at, late_by, lines, owner, goes_back & (reason == code("aftersales.rma", "reason_code", QUALITY))
    )
    lines, owner, reason = lines[goes_back], owner[goes_back], reason[goes_back]
    if len(lines):
        lag = world.tables[LINE].get("_u_lag", lines)
        returns = world.parameters.returns
        days = 1 + np.minimum(-np.log1p(-lag) * returns.decide_days_mean, returns.window_days - 1).astype(np.int64)
        asked = moment(day_of(at[owner]) + days, 8) + (again(lag, 61) * 12 * HOUR).astype(np.int64)
        world.agenda.put("return wish", day_of(asked), line=lines, order=orders[owner], at=asked, reason=reason)


def _returns(world: World, lines: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which lines go back to us, and for which reason (place in the closed list)."""
    masters, register = world.masters, world.tables[LINE]
    sku, luck = register.get("sku_id", lines), register.get("_u_reason", lines)
    wants = register.get("_u_return", lines) < masters.return_rate[sku]
    size = luck < masters.size_issue_share[sku]
    others = np.array([code("aftersales.rma", "reason_code", name) for name in REASONS])
    place = np.searchsorted(np.cumsum(OTHER_SHARES), again(luck, 62)).clip(max=len(others) - 1)
    reason = np.where(size, code("aftersales.rma", "reason_code", "size"), others[place])
    # Replacements were free, and a merchant takes back his own.
    return wants & ~theirs & (value_of(world, lines) > 0), reason


def _review_later(world: World, at, late_by, lines, owner, bad: np.ndarray) -> None:
    luck = world.tables[LINE].get("_u_review", lines)
    writes = np.flatnonzero((luck < world.parameters.customers.review_share) | bad)
    luck, of = luck[writes], owner[writes]
    late, bad = late_by[of] >= LATE_DAYS, bad[writes]
    mood = again(luck, 63)
    kept = np.array([stars for _, stars in STARS])[np.searchsorted([share for share, _ in STARS], mood)]
    stars = np.where(bad, 1 + (mood < 0.3), np.where(late, np.maximum(kept - 2, 1), kept))
    topic = np.where(bad, code(REVIEW, "topic", "quality"),
                     np.where(late, code(REVIEW, "topic", "delivery"), code(REVIEW, "topic", "other")))  # fmt: skip
    when = at[of] + DAY + (again(luck, 64) * 3 * DAY).astype(np.int64)
    world.agenda.put("review", day_of(when), line=lines[writes], at=when, stars=stars, topic=topic)


def reviews(world: World, day: int) -> None:
    """Write the reviews of the day."""
    due = world.agenda.due("review", day)
    if due is not None:
        world.tables[REVIEW].add(
            len(due["line"]), reviewed_at=due["at"], sku_id=world.tables[LINE].get("sku_id", due["line"]),
            order_line_id=due["line"], stars=due["stars"], topic=due["topic"],
        )  # fmt: skip
