"""Shortest walks of a picker through parallel aisles."""
