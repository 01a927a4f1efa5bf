"""What happens on a day, in its order; each step is one idea and one file."""

from simulator.steps import (
    arrivals,
    buying,
    closing,
    commission,
    confirmations,
    counts,
    dawn,
    expiry,
    offers,
    opening,
    ordering,
    orders,
    payables,
    payments,
    running_costs,
    snapshots,
    transfers,
    vendor_returns,
)

__all__ = ["OF_A_DAY"]

OF_A_DAY = (
    dawn.publish,
    payments.statements,
    commission.state,
    opening.open_stock,
    ordering.morning,
    # supply comes in from 08:00 to 10:00
    arrivals.receive,
    transfers.arrive,
    opening.merchants_goods,
    # at 10:00 stock is counted, sorted out and sent away; then purchasing decides
    counts.count,
    expiry.expire,
    vendor_returns.send_back,
    transfers.ship,
    offers.offer,
    opening.before_launch,
    buying.buy,
    confirmations.follow,
    ordering.afternoon,
    orders.follow,
    # waves, transport, deliveries, returns
    payables.invoice,
    payables.pay,
    commission.charge,
    running_costs.warehouses,
    running_costs.campaigns,
    closing.vouchers,
    closing.valuation,
    snapshots.ledger,
    snapshots.stock,
    snapshots.listings,
)
