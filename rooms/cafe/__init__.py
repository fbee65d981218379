"""Cafés: a plan of timed rounds that the server runs."""
