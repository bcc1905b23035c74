"""Search engines that know no family."""
