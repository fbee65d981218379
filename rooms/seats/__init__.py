"""Seats: who sits at which table in which round, and who has met whom."""
