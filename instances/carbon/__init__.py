"""Carbon intensity: the trace and forecast types, readers of published formats, and a calibrated generator."""

from ecoopt.instances.carbon.argument import CarbonLike, carbon_zones, one_carbon, site_carbon
from ecoopt.instances.carbon.blend import blend
from ecoopt.instances.carbon.forecast import CarbonForecast
from ecoopt.instances.carbon.forecasters import lognormal, perfect, persistence
from ecoopt.instances.carbon.gaps import GAP_POLICIES, GapError, GapPolicy
from ecoopt.instances.carbon.generate import generate_carbon
from ecoopt.instances.carbon.join import join
from ecoopt.instances.carbon.read import read_carbon, read_carbon_zones
from ecoopt.instances.carbon.side_car import SideCar
from ecoopt.instances.carbon.trace import CarbonTrace
from ecoopt.instances.carbon.units import from_g_per_kwh, to_g_per_kwh
from ecoopt.instances.carbon.write import write_carbon
from ecoopt.instances.carbon.zones import ZoneFigures, zone_figures, zone_names

__all__ = [
    "GAP_POLICIES", "CarbonForecast", "CarbonLike", "CarbonTrace", "GapError", "GapPolicy", "SideCar",
    "ZoneFigures", "blend", "carbon_zones", "from_g_per_kwh", "generate_carbon", "join", "lognormal", "one_carbon",
    "perfect", "persistence", "read_carbon", "read_carbon_zones", "site_carbon", "to_g_per_kwh", "write_carbon",
    "zone_figures", "zone_names",
]
