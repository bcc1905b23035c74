"""Carbon-aware computing as optimisation problems: instances, proven bounds, heuristics, one referee."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecoopt.compare import compare as compare
    from ecoopt.documents import read_instance as read_instance
    from ecoopt.documents import read_result as read_result
    from ecoopt.documents import write_instance as write_instance
    from ecoopt.documents import write_result as write_result
    from ecoopt.registry import evaluate as evaluate
    from ecoopt.registry import families as families
    from ecoopt.registry import family as family
    from ecoopt.registry import generate as generate
    from ecoopt.solve import solve as solve
    from ecoopt.study.run import run_study as run_study

__version__ = "0.1.0"

__all__ = ["compare", "evaluate", "families", "family", "generate", "read_instance", "read_result", "run_study",
           "solve", "write_instance", "write_result"]

_HOMES = {
    "compare": "ecoopt.compare", "evaluate": "ecoopt.registry", "families": "ecoopt.registry",
    "family": "ecoopt.registry", "generate": "ecoopt.registry", "read_instance": "ecoopt.documents",
    "read_result": "ecoopt.documents", "run_study": "ecoopt.study.run", "solve": "ecoopt.solve",
    "write_instance": "ecoopt.documents", "write_result": "ecoopt.documents"}
_MODULES_TOO = frozenset({"compare", "evaluate", "solve"})


class _Verb(ModuleType):
    """A module that can be called as the public function of its name, whichever of the two was asked for first."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return _function(self.__name__.rpartition(".")[2])(*args, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        return import_module, (self.__name__,)

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        return signature(_function(self.__name__.rpartition(".")[2]))


class _Package(ModuleType):
    """The package itself: it loads public functions when first asked for, and makes their namesake modules callable."""

    def __getattr__(self, name: str) -> Any:
        if name in _MODULES_TOO:
            return import_module(f"ecoopt.{name}")
        if name not in _HOMES:
            raise AttributeError(f"module 'ecoopt' has no attribute {name!r}")
        self.__dict__[name] = _function(name)
        return self.__dict__[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _MODULES_TOO and type(value) is ModuleType:
            value.__class__ = _Verb
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *__all__})


def _function(name: str) -> Any:
    return getattr(import_module(_HOMES[name]), name)


sys.modules[__name__].__class__ = _Package
