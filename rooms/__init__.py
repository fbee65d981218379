"""The live rooms of a forum: what people may do there, what is stored, what each audience is told."""
