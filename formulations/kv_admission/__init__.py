"""KV admission, exact side: the programs of starts and of flows, prices of memory, why there is no schedule."""
