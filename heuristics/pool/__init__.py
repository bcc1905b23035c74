"""Pools of rented machines."""
