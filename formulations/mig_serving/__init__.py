"""MIG serving, exact side: the count model, the pattern model, the hours by themselves, and bounds."""
