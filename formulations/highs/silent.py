"""A HiGHS that prints nothing: since 1.16 the banner goes to the console while the object is still being made."""

import highspy


class SilentHighs(highspy.Highs):
    """A HiGHS whose console is off before it has anything to say; its log still reaches callbacks."""

    def enableCallbacks(self) -> None:
        """Turn the console off first: this is the step of the constructor that prints."""
        self.setOptionValue("log_to_console", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]
