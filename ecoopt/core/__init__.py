"""Floor 1: the language every room speaks; it knows no family and no solver."""
