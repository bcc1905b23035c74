"""Which effect curves the classes of a board may have, and what of a generated instance is assumed."""

from typing import Final

from ecoopt.instances.hardware import EffectCurve, effect_curve

BOARD: Final = "V100-PCIe-32"
IDLE_POWER_W: Final = 35.0
BACKLOG_G, FINAL_BACKLOG_G, CHANGE_G = 20.0, 400.0, 50.0
KEEP, RISE_C_PER_W = 0.6, 0.2
LEAST_PUE, MOST_PUE = 1.05, 1.49
PUE_RISE_C = (5.0, 30.0)
SOURCE: Final = ("effect curves: convex fits to McDonald et al. (NAACL-F'22), Samsi et al. (HPEC'23) and Zeus "
                 "(NSDI'23); PUE between the January and July figures of McDonald et al.; load, heat, idle power and "
                 "costs assumed")
LICENCE: Final = "Zeus's tables: Apache-2.0"

_ZEUS: Final = ("resnet50", "deepspeech2", "bert-squad", "ncf", "bert-sentiment", "shufflenet")
_KINDS: Final = {
    "P100": tuple(f"{kind}-p100" for kind in _ZEUS),
    "V100": ("lm-training-v100", "bert-inference-v100", *(f"{kind}-v100" for kind in _ZEUS)),
    "A100": ("llama-65b-a100",),
    "A40": tuple(f"{kind}-a40" for kind in _ZEUS)}


def curves_of(board: str) -> tuple[EffectCurve, ...]:
    """Return the curves measured on a board of the catalogue, by the family in its name; none where there is none."""
    return tuple(effect_curve(name) for name in _KINDS.get(board.partition("-")[0], ()))
