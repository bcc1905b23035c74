"""Floor 2: what a problem is; schemas, generators and readers."""
