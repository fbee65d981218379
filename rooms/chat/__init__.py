"""Chat: messages of a room in the order of the server."""
