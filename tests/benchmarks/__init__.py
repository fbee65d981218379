"""Measurements that people run; no test depends on them."""
