"""Journeys: real people's ways through the product, in real browsers against real servers."""
