"""The media process, tried with real peers."""
