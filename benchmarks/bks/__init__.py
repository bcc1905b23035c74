"""Best-known values and bounds: dated histories, and the schedules behind the values."""
