"""Clusters: headings under which a café's hosts put insights together."""
