"""Goods that lie idle at one place, moved instead of being bought for another."""

from optimization.replenishment.moving.instead import moved_instead

__all__ = ["moved_instead"]
