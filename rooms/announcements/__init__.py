"""Announcements to a room or to the whole forum."""
