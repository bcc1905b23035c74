"""TODO-plot"""
