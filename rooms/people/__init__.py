"""People: who somebody is, as others see it."""
