"""KV admission under test: tiny random instances, their schedules, a plain judge and an optimum by enumeration."""

from ecoopt.testing.kv_admission.oracle import best_by_enumeration, judge_plainly
from ecoopt.testing.kv_admission.strategies import kv_admission_instances, kv_admission_schedules

__all__ = ["best_by_enumeration", "judge_plainly", "kv_admission_instances", "kv_admission_schedules"]
