"""The programme: days, tracks, sessions, panellists and rooms."""
