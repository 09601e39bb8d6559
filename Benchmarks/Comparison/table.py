"""The table: a row a case, what the service does against both forms of the baseline, and what it is to reach."""
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
    def goal(self):
        if self.target is None:
            return "–"
        ours = self.values.get("service")
        sign = "≤" if self.is_less_better else "≥"
        text = f"{sign} {self.target:,.{self.digits}f} {self.unit}".strip()
        if self.times:
            text += f" or {self.times:g}×"
        if ours is None:
            return text
        reached = ours.number <= self.target if self.is_less_better else ours.number >= self.target
        reached = reached or bool(self.times) and (self.better("baseline") or 0) >= self.times
        return f"{text} {'✓' if reached else '✗'}"

    @property
    def cells(self):
        return [
            self.case, self.text(self.values.get("service")), self.text(self.values.get("baseline")),
            self.ratio("baseline"), self.text(self.values.get("tuned")), self.ratio("tuned"), self.goal,
        ]


HEADS = ["case", "service", "baseline", "ratio", "tuned", "ratio", "target"]


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
