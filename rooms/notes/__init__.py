"""Notes that everybody in a room writes together."""
