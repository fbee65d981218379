"""Calls: people in a room hear and see each other."""
