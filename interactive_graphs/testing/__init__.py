"""Tools for tests, this package's and its users'."""
