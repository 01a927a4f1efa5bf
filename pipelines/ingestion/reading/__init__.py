"""Untrusted files are read by a process of their own, within limits of memory and time."""
