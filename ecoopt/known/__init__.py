"""What is known: instance sets whose bytes are checked, and the best values and bounds found on them so far."""
