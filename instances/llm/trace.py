"""A trace of requests to a language model: when each came, and how many tokens it has."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RequestTrace:
    """Requests in order of arrival.

    Parameters
    ----------
    arrival_s : float array [N]
        Seconds since the first request, not falling.
    prompt_tokens, output_tokens : int array [N]
        Lengths, at least 1.
    source, licence : str
        Where the trace is from.
    """

    arrival_s: FloatArray
    prompt_tokens: IntArray
    output_tokens: IntArray
    source: str
    licence: str

    @property
    def n(self) -> int:
        """Number of requests."""
        return len(self.arrival_s)

    @property
    def rate_per_s(self) -> float:
        """Mean requests per second; 0 when all come at once."""
        return float((self.n - 1) / self.arrival_s[-1]) if self.n and self.arrival_s[-1] > 0 else 0.0

    def first(self, requests: int) -> "RequestTrace":
        """Return the first requests alone."""
        return RequestTrace(self.arrival_s[:requests], self.prompt_tokens[:requests], self.output_tokens[:requests],
                            self.source, self.licence)

    def at_rate(self, rate_per_s: float) -> "RequestTrace":
        """Return the same requests with time scaled to a mean rate."""
        return RequestTrace(self.arrival_s * (self.rate_per_s / rate_per_s), self.prompt_tokens, self.output_tokens,
                            self.source, self.licence)

    def cells(self, prompt_edges: IntArray, output_edges: IntArray) -> FloatArray:
        """Return requests by cell of a grid of lengths, float array [P, O].

        Parameters
        ----------
        prompt_edges, output_edges : int array [P + 1], [O + 1]
            Rising edges; a cell holds lengths from its edge to below the next, and longer or shorter requests count in
            the outermost cells.
        """
        row = np.clip(np.searchsorted(prompt_edges, self.prompt_tokens, side="right") - 1, 0, len(prompt_edges) - 2)
        column = np.clip(np.searchsorted(output_edges, self.output_tokens, side="right") - 1, 0, len(output_edges) - 2)
        counts = np.bincount(row * (len(output_edges) - 1) + column,
                             minlength=(len(prompt_edges) - 1) * (len(output_edges) - 1))
        return counts.reshape(len(prompt_edges) - 1, -1).astype(np.float64)
