"""Best-known values of the instance sets: what is known, whether it holds, what a study adds to it."""
