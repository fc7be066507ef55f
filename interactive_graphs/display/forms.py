"""What notebooks show in several forms: text, a page, a picture.

Read next: `picture.py`, `table.py`.
"""

from __future__ import annotations

from typing import Any


class Forms:
    """Something that is shown in the forms of its `bundle`; a subclass says which."""

    __slots__ = ()

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from, by media type."""
        raise NotImplementedError("bundle")

    def _repr_mimebundle_(
        self,
        include: Any = None,  # noqa: ARG002 - IPython filters what it asked for itself
        exclude: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        return self.bundle()
