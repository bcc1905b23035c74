"""Studies: many instances times methods times seeds, from one file, into one store, resumed where they were cut off."""
