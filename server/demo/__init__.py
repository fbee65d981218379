"""The sample forum and the simulated people in it; for demonstrations only."""
