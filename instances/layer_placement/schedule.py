"""The schedule of a layer placement: which consecutive layers each machine holds."""

from typing import Literal, Self

from pydantic import model_validator

from ecoopt.core.arrays import IndexVector
from ecoopt.core.instance import Schedule


class LayerPlacementSchedule(Schedule):
    """Which consecutive layers each machine holds. How tokens flow follows from it.

    Parameters
    ----------
    first : int array [M]
        First layer of each machine, from 0; of no meaning where it holds none.
    held : int array [M]
        How many layers it holds; 0 where it is not used.
    """

    family: Literal["layer_placement"] = "layer_placement"
    schema_version: Literal[1] = 1
    first: IndexVector
    held: IndexVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.first) != len(self.held):
            raise ValueError(f"first has {len(self.first)} entries, held {len(self.held)}; give one per machine in "
                             "each")
        return self
