"""Floor 3, fast side: search engines, and per family its moves, greedy and published algorithm."""
