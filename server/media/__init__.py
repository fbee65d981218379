"""Calls: the media process, which hears, mixes and forwards, and the parent that keeps it."""
