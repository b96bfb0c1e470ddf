"""What a drill found, beside what was promised: a table, and whether every promise was kept."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was counted or measured."""

    what: str
    found: str
    promise: str = ""
    """Empty for what is only told."""
    kept: bool = True


@dataclass(slots=True)
class Report:
    """The lines of one drill."""

    name: str
    lines: list[Line] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    """What to look at when a promise was broken: ids, names of files, lines of the log."""

    def tell(self, what: str, found: object) -> None:
        """Add what nothing was promised about."""
        self.lines.append(Line(what, str(found)))

    def none_of(self, what: str, found: list[str]) -> None:
        """Add something of which there must be nothing."""
        self.lines.append(Line(what, str(len(found)), "0", not found))
        self.details += [f"{what}: {one}" for one in found[:20]]

    def at_most(self, what: str, found: float, bound: float, unit: str = "") -> None:
        """Add a figure that must not pass ``bound``."""
        unit = f" {unit}" if unit else ""
        self.lines.append(Line(what, f"{found:.4g}{unit}", f"at most {bound:g}{unit}", found <= bound))

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        return [line.what for line in self.lines if not line.kept]

    def __str__(self) -> str:
        rows = [f"| {self.name} | found | promised | |", "| --- | ---: | ---: | --- |"]
        for line in self.lines:
            verdict = "" if not line.promise else "kept" if line.kept else "**broken**"
            rows.append(f"| {line.what} | {line.found} | {line.promise} | {verdict} |")
        return "\n".join([*rows, *self.details])
