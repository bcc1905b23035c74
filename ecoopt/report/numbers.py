"""Numbers for people: significant digits, thousands apart, shares in percent."""

MISSING = "–"
"""What stands where there is no number."""


def number_text(value: float | None, digits: int = 7) -> str:
    """Return a number with `digits` significant ones, thousands apart, so that a column of them lines up."""
    if value is None:
        return MISSING
    if value and not 1e-3 <= abs(value) < 1e12:
        return f"{value:.{digits - 1}e}"
    whole = len(str(int(abs(value))))
    return f"{value:,.{max(digits - whole, 0)}f}"


CLOSED = 1e-9
"""Share below which a gap is closed: what rounding leaves of a proof."""


def percent(share: float | None) -> str:
    """Return a share in percent, the more digits the smaller it is."""
    if share is None:
        return MISSING
    value = 100 * share
    if abs(share) <= CLOSED:
        return "0"
    return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"
