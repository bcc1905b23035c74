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


def percent(share: float | None) -> str:
    """Return a share in percent, the more digits the smaller it is."""
    if share is None:
        return MISSING
    value = 100 * share
    return "0" if value == 0 else f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 1 else f"{value:.2f}"
