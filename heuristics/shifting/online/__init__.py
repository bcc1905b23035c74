"""Online policies for shifting: they see jobs that are released, carbon that was, and forecasts that err."""
