"""Importing: public files become an instance in one call, every choice of the model open."""

import pytest

from ecoopt.core.errors import InputError
from ecoopt.core.files import write_json
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.keepalive.importing import import_azure_2019, import_ecolife

START = "2023-01-01T00:00:00Z"


@pytest.fixture
def files(tmp_path):
    """Return EcoLife's folder, a day of Azure's counts, and a carbon trace."""
    folder = tmp_path / "ecolife"
    folder.mkdir()
    (folder / "video*12.txt").write_text("1\n0\n2\n0\n")
    azure = tmp_path / "invocations.csv"
    minutes = range(1, 1441)
    azure.write_text("HashOwner,HashApp,HashFunction,Trigger," + ",".join(map(str, minutes)) + "\n"
                     "o,a,f,http," + ",".join("1" if m in (1, 3) else "0" for m in minutes) + "\n")
    carbon = tmp_path / "carbon.json"
    write_json(carbon, CarbonTrace(zone="X", start_utc=START, step_s=3600, intensity_g_per_kwh=[100.0, 200.0] * 12))
    return {"ecolife": folder, "azure": azure, "carbon": carbon}


READERS = pytest.mark.parametrize(("reader", "trace"), [(import_ecolife, "ecolife"), (import_azure_2019, "azure")])


@READERS
def test_every_choice_of_the_model_reaches_the_instance(files, reader, trace):
    found = reader(files[trace], files["carbon"], start_utc=START, memory=1.0, max_keep_min=7, normalisation="grams",
                   grams_per_s=0.3, containers="persist", relocation=False)
    assert (found.max_keep_min, found.containers, found.relocation) == (7, "persist", False)
    assert (found.weights.normalisation, found.weights.grams_per_s) == ("grams", 0.3)
    assert found.weights.reference_intensity_g_per_kwh == 150.0


@READERS
def test_choices_left_out_are_the_model_s_own(files, reader, trace):
    found = reader(files[trace], files["carbon"], start_utc=START)
    assert (found.max_keep_min, found.containers, found.relocation) == (30, "release", True)
    assert found.weights.normalisation == "paper"


@READERS
def test_wrong_choices_are_refused(files, reader, trace):
    with pytest.raises(InputError, match="relocation"):
        reader(files[trace], files["carbon"], start_utc=START, relocation=False)
    with pytest.raises(InputError, match="weights: time_weight"):
        reader(files[trace], files["carbon"], start_utc=START, time_weight=2.0)
