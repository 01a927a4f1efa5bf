"""Text that a spreadsheet would run as a formula when it opens a CSV."""

# Full-width signs too; a line feed or a tab before the sign does not stop a spreadsheet.
FORMULA = tuple("=+-@\t\r\n") + tuple("＝＋－＠")


def as_text(value: str) -> str:
    """`value` so that a spreadsheet takes it for text: with a leading apostrophe if it looks like a formula.

    Source: OWASP, CSV Injection. Only for text: a negative number is a number.
    """
    return "'" + value if value.lstrip(" ").startswith(FORMULA) else value
