"""Pages for people in a browser: routes, and what they show."""
