"""What an application holds, and the projects of the whole range in one order."""

from dataclasses import dataclass

GOODS, PAY, TRAVEL, SERVICES, OTHER = "goods", "pay", "travel", "services", "other"
RESEARCH, CAPACITY = "research", "capacity-building"
AWARENESS, PLANNING = "raising-awareness", "strategic-planning"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the budget: so many, at so much each in minor units, asked of whom."""

    category: str
    what: str
    quantity: int
    unit_minor: int
    source: str = "us"


@dataclass(frozen=True, slots=True)
class Project:
    """One project with the application for it. Places are never finer than a province."""

    ref: str
    applicant: str
    title: str
    country: str
    province: str
    theme: str
    area: str
    summary: str
    methods: str
    lines: tuple[Line, ...]
    minimum_minor: int
    minimum_reason: str
    months: int = 12

    @property
    def ask_minor(self) -> int:
        """What the lines that are asked of this fund come to."""
        return sum(each.quantity * each.unit_minor for each in self.lines if each.source == "us")
