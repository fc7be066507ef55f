"""Makes `pytest --nbval notebooks` compare what is the same on every machine."""

from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Sets nbval's `--nbval-sanitize-with`, unless it is given."""
    if getattr(config.option, "nbval_sanitize_with", "not installed") is None:
        path = Path(__file__).parent / "tests" / "notebooks" / "sanitize.cfg"
        config.option.nbval_sanitize_with = str(path)
