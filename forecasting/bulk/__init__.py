"""Bulk orders of companies: too large and too rare to teach a forecast of consumers, yet served from the same stock."""

from forecasting.bulk.learned import BulkOrders, bulk_orders
from forecasting.bulk.on_top import bulk_units, plus_bulk_over

__all__ = ["BulkOrders", "bulk_orders", "bulk_units", "plus_bulk_over"]
