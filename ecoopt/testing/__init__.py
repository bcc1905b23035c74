"""For tests, ours and yours: strategies for random instances, brute-force optima, and assertions about methods.

Submodules are imported by name, as in ``from ecoopt.testing.keepalive import keepalive_instances``; those with
strategies need hypothesis, which ``pip install ecoopt[testing]`` brings along.
"""
