"""How long a lease on a place in a room lasts without a sign of life."""

from datetime import timedelta

LEASE = timedelta(seconds=30)
"""A killed process's ghosts leave after this and one sweep: within 45 s (promise P12)."""

RENEWED_EVERY_SECONDS = 10.0
PAGE = 100
