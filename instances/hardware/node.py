"""Node: a server as a list of parts, its embodied carbon, and the share of it that one GPU is charged."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ecoopt.core.errors import InputError
from ecoopt.core.record import Record
from ecoopt.instances.hardware.component import Component
from ecoopt.instances.hardware.component_catalogue import component
from ecoopt.instances.hardware.generation import Name

Count = Annotated[int, Field(ge=0, le=10_000, strict=True)]
CpuPackaging = Literal["whole", "by-count"]


class Node(Record):
    """A server.

    Parameters
    ----------
    name : str
        Short name, as in ``"V100"``.
    gpu, cpu, dram, ssd : Component
        What it is made of.
    gpus, cpus, dimms, ssds : int
        How many of each.
    source : str
        Where the figures come from; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source"})

    name: Name
    gpu: Component
    gpus: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    cpu: Component
    cpus: Count
    dram: Component
    dimms: Count = 1
    ssd: Component
    ssds: Count = 1
    source: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        wrong = [f"{kind} is a {getattr(self, kind).kind}; give a {kind}" for kind in ("gpu", "cpu", "dram", "ssd")
                 if getattr(self, kind).kind != kind]
        if wrong:
            raise ValueError(" | ".join(wrong))
        return self

    @property
    def embodied_kg(self) -> float:
        """Embodied carbon of all parts, in kgCO2e."""
        return (self.gpus * self.gpu.embodied_kg + self.cpus * self.cpu.embodied_kg
                + self.dimms * self.dram.embodied_kg + self.ssds * self.ssd.embodied_kg)


def gpu_share_kg(node: Node, *, cpu_packaging: CpuPackaging = "whole", cpus: int | None = None) -> float:
    """Return the embodied carbon charged to one GPU of a node and its share of the CPUs, in kgCO2e (SC'23).

    ``die + memory + packaging + (CPUs / GPUs) CPU die + CPU packaging``. Memory modules and drives are left out.

    Parameters
    ----------
    node : Node
        The node.
    cpu_packaging : {"whole", "by-count"}
        Whether each GPU is charged the packaging of one whole CPU, as in the artifact's published shares, or that of
        CPUs / GPUs of one, as in a cell of its table for the V100.
    cpus : int, optional
        CPUs to share, instead of the node's. The artifact counts four EPYC dies for the A100 node, one per GPU, and two
        Xeons for the others; 2 charges all alike.

    Raises
    ------
    InputError
        For an unknown way of packaging.
    """
    if cpu_packaging not in ("whole", "by-count"):
        raise InputError.one("gpu_share_kg", "cpu_packaging", f"{cpu_packaging!r} is unknown",
                             "use one of whole, by-count")
    ratio = (node.cpus if cpus is None else cpus) / node.gpus
    packaging_kg = node.cpu.packaging_kg * (1.0 if cpu_packaging == "whole" else ratio)
    return node.gpu.embodied_kg + ratio * node.cpu.manufacturing_kg + packaging_kg


def _node(name: str, gpu: str, cpu: str, cpus: int, note: str = "") -> Node:
    """Return one of SC'23's nodes: four GPUs, one memory module, one drive."""
    source = "Li et al. (SC'23, arXiv:2306.13177), artifact" + note
    return Node(name=name, gpu=component(gpu), gpus=4, cpu=component(cpu), cpus=cpus,
                dram=component("SK Hynix 64GB DDR4"), ssd=component("Seagate Nytro 3530 3.2TB"), source=source)


NODES: Mapping[str, Node] = {entry.name: entry for entry in (
    _node("P100", "P100 PCIe 12GB", "Xeon E5-2680 v4", 2),
    _node("V100", "V100 SXM2 32GB", "Xeon Gold 6240R", 2),
    _node("A100", "A100 PCIe 40GB", "EPYC 7542", 4, "; four CPUs are the artifact's count of EPYC dies"),
)}
"""The three nodes of SC'23 by name."""
