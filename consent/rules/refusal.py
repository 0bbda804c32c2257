"""How a rule says no: coded reasons. The plain words for each code live in `consent.web`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

Fact = str | int | bool | date | tuple[str, ...] | None


@dataclass(frozen=True, init=False)
class Reason:
    """One ground of a refusal: a code, the form field it belongs beside (if any), and facts for its sentence.

    Facts never hold protected health information: they go into pages, logs and custody.
    """

    code: str
    field: str | None
    _facts: tuple[tuple[str, Fact], ...]

    def __init__(self, code: str, field: str | None = None, **facts: Fact) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "_facts", tuple(sorted(facts.items())))

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The facts by name, not to be changed."""
        return MappingProxyType(dict(self._facts))


class Refused(Exception):
    """A rule says no. `reasons` is never empty."""

    def __init__(self, reasons: Reason | Iterable[Reason]) -> None:
        self.reasons: tuple[Reason, ...] = (reasons,) if isinstance(reasons, Reason) else tuple(reasons)
        if not self.reasons:
            raise ValueError("a refusal states at least one reason")
        super().__init__(", ".join(reason.code for reason in self.reasons))

    @property
    def codes(self) -> tuple[str, ...]:
        """The reasons' codes, in order."""
        return tuple(reason.code for reason in self.reasons)


class NotFound(Exception):
    """There is no such thing, or none that this person may know of; the two look alike on purpose."""


def refuse_if(reasons: Iterable[Reason]) -> None:
    """Return if there are no reasons. Raises: Refused with all of them."""
    found = tuple(reasons)
    if found:
        raise Refused(found)
