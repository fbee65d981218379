"""How well tables of several sizes are served, beside a table of relays."""
