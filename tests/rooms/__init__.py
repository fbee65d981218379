"""Tests of the domain: real stores, no mocks, no server."""
