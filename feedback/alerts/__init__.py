"""Alerts: rules over metrics, where each stands, and what its owner is told of it, once."""
