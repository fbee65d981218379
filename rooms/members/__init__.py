"""Members: which roles a person holds where, and what they allow."""
