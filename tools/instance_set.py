"""An instance set's digests: each instance generated, its digest written into the set.

    python tools/instance_set.py keepalive            those that have none yet
    python tools/instance_set.py keepalive --renew    all, after a change of the generator

Write an entry of ``benchmarks/sets/FAMILY.json`` with name, difficulty and options, then run this. A renewed set parts
with its best-known values: they belong to the instances as they were.
"""

import json
import sys
from pathlib import Path

from ecoopt.core.errors import InputError
from ecoopt.core.files import read_json
from ecoopt.known.sets import InstanceSet
from ecoopt.registry import generate

SETS = Path(__file__).resolve().parents[1] / "benchmarks" / "sets"


def main(arguments: list[str]) -> int:
    """Write the digests of a set and return the exit code."""
    families = [word for word in arguments if not word.startswith("-")]
    if len(families) != 1 or not set(arguments) <= {*families, "--renew"}:
        print("give a family, and --renew if all digests are to be made anew", file=sys.stderr)
        return 2
    path = SETS / f"{families[0]}.json"
    try:
        content = read_json(path)
        for entry in content["instances"]:
            if "--renew" in arguments or not entry.get("instance_digest"):
                entry["instance_digest"] = generate(families[0], **entry["options"]).digest
                print(f"{entry['name']}: {entry['instance_digest'][:12]}")
        found = InstanceSet.from_content(content, str(path))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    lines = ",\n".join(json.dumps(instance.model_dump(mode="json")) for instance in found.instances)
    head = json.dumps({key: content[key] for key in ("document", "schema_version", "family")})[:-1]
    path.write_text(f'{head}, "instances": [\n{lines}\n]}}\n', encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
