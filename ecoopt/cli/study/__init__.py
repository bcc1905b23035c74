"""Studies: many instances x methods x seeds from a TOML file, resumable, parallel, distributed."""
