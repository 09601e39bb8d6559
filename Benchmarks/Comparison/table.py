"""The table: a row a case, the service beside the limit and both forms of the baseline, and what it is to reach."""
from dataclasses import dataclass, field


@dataclass
class Value:
    number: float
    mark: str = ""


@dataclass
class Row:
    case: str
    unit: str = ""
    digits: int = 0
    is_less_better: bool = False
    # The target: at least or at most this value, or this many times better than the baseline. The value was set on one
    # machine; on others the ratio counts.
    target: float | None = None
    times: float | None = None
    # Further: at least or at most this part of the limit's figure.
    of_limit: float | None = None
    values: dict = field(default_factory=dict)

    def text(self, value):
        if value is None:
            return "–"
        return f"{value.number:,.{self.digits}f} {self.unit}".strip() + value.mark

    def better(self, other):
        """How many times better the service is than another; None if a value is missing."""
        ours, theirs = self.values.get("service"), self.values.get(other)
        if not ours or not theirs or not ours.number or not theirs.number:
            return None
        return theirs.number / ours.number if self.is_less_better else ours.number / theirs.number

    def ratio(self, other):
        times = self.better(other)
        return "–" if times is None else f"{times:.{1 if times < 100 else 0}f}×"

    @property
    def part_of_limit(self):
        """The service's figure divided by the limit's; None if a value is missing."""
        ours, limit = self.values.get("service"), self.values.get("limit")
        return ours.number / limit.number if ours and limit and limit.number else None

    def reaches(self, number, target):
        return number <= target if self.is_less_better else number >= target

    def goals(self):
        """Each target with its sign: reached or not, or neither if the values for it are missing."""
        ours = self.values.get("service")
        sign = "≤" if self.is_less_better else "≥"
        if self.target is not None:
            text = f"{sign} {self.target:,.{self.digits}f} {self.unit}".strip()
            if self.times:
                text += f" or {self.times:g}×"
            reached = None
            if ours is not None:
                reached = self.reaches(ours.number, self.target)
                reached = reached or bool(self.times) and (self.better("baseline") or 0) >= self.times
            yield text, reached
        if self.of_limit is not None:
            part = self.part_of_limit
            yield f"{sign} {self.of_limit:g} of limit", None if part is None else self.reaches(part, self.of_limit)

    @property
    def goal(self):
        signs = {None: "", True: " ✓", False: " ✗"}
        return ", ".join(text + signs[reached] for text, reached in self.goals()) or "–"

    @property
    def cells(self):
        return [
            self.case, self.text(self.values.get("service")), self.text(self.values.get("limit")),
            "–" if self.part_of_limit is None else f"{self.part_of_limit:.2f}", self.text(self.values.get("baseline")),
            self.ratio("baseline"), self.text(self.values.get("tuned")), self.ratio("tuned"), self.goal,
        ]


HEADS = ["case", "service", "limit", "of limit", "baseline", "ratio", "tuned", "ratio", "target"]


def table(rows):
    return columns([HEADS] + [row.cells for row in rows])


def columns(lines):
    """Lines of cells, the first of them the heads, as a table."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]

    def line(cells):
        padded = [cell.ljust(width) if column == 0 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    return "\n".join([line(lines[0]), line(rule)] + [line(cells) for cells in lines[1:]])
