"""Distribution of queries, fast side: online policies in a simulator, and heuristics that know all queries."""
