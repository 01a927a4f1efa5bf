"""What happens on a day, in its order; each step is one idea and one file."""

from simulator.steps import dawn, ordering, orders, payments

__all__ = ["OF_A_DAY"]

OF_A_DAY = (
    dawn.publish,
    payments.statements,
    ordering.morning,
    # supply comes in and goes out: arrivals, transfers, restocked returns, counts, expiry, returns to vendor
    ordering.afternoon,
    orders.follow,
    # waves, transport, deliveries, returns
    # buying, payables, closing
    # the ledger of the day, snapshots
)
