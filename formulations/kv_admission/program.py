"""The program of an instance: of starts where requests run without a break, of flows where they may be broken off."""

from ecoopt.formulations.kv_admission.broken import FlowProgram, flow_program
from ecoopt.formulations.kv_admission.kinds import kinds_of
from ecoopt.formulations.kv_admission.unbroken import StartProgram, start_program, starts_of
from ecoopt.instances.kv_admission import KvAdmissionInstance


def program_of(instance: KvAdmissionInstance) -> StartProgram | FlowProgram:
    """Return the program that has all schedules worth having."""
    if instance.may_break:
        return flow_program(instance)
    return start_program(starts_of(kinds_of(instance)))
