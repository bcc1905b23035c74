"""Requests of large language models: traces, their readers and a calibrated generator."""

from ecoopt.instances.llm.generate import SERVICES, Service, generate_requests
from ecoopt.instances.llm.read import read_requests
from ecoopt.instances.llm.trace import RequestTrace

__all__ = ["SERVICES", "RequestTrace", "Service", "generate_requests", "read_requests"]
