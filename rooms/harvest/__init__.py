"""The harvest: insights that a café's tables publish, their order in clusters, votes and the outcome."""
