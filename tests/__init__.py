"""Tests: a test's name is the rule that it states."""
