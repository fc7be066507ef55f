"""Passes that make a plan cheaper without changing any result."""
