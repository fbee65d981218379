"""Tables: the private rooms of a café, what they are about, who leads them, and who calls for help."""
