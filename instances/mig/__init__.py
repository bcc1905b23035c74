"""MIG: how a GPU can be cut into instances, and which counts of instances fit on identical GPUs."""

from ecoopt.instances.mig.catalogue import GEOMETRIES, board_geometry, geometry
from ecoopt.instances.mig.counts import CountRows, count_rows
from ecoopt.instances.mig.geometry import MigGeometry
from ecoopt.instances.mig.job_types import JOB_TYPES, JobType, job_types, speed_table
from ecoopt.instances.mig.layouts import (
    Layout,
    Placement,
    all_layouts,
    all_placements,
    count_vectors,
    cover_matrix,
    fitting_starts,
    layout_counts,
    layout_problems,
    maximal_layouts,
)
from ecoopt.instances.mig.packing import counts_fit, gpus_needed, pack
from ecoopt.instances.mig.profile import MigProfile

__all__ = [
    "GEOMETRIES", "JOB_TYPES", "CountRows", "JobType", "Layout", "MigGeometry", "MigProfile", "Placement",
    "all_layouts", "all_placements", "board_geometry", "count_rows", "count_vectors", "counts_fit", "cover_matrix",
    "fitting_starts", "geometry", "gpus_needed", "job_types", "layout_counts", "layout_problems", "maximal_layouts",
    "pack", "speed_table",
]
