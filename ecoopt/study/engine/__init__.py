"""The engine: runs carried out here, in watched processes or on a cluster; whatever happens to one is a result."""

from ecoopt.study.engine.events import Backend, Event, Finished, Started
from ecoopt.study.engine.here import Here
from ecoopt.study.engine.limits import wall_limit_s
from ecoopt.study.engine.local import Local
from ecoopt.study.engine.slot import SlotSettings
from ecoopt.study.engine.source import Filed, Generated, Held, Source
from ecoopt.study.engine.work import Work

__all__ = ["Backend", "Event", "Filed", "Finished", "Generated", "Held", "Here", "Local", "SlotSettings", "Source",
           "Started", "Work", "wall_limit_s"]
