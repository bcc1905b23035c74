"""Reports: results as one static page with gap tables and pictures, and as tables for the terminal."""

from ecoopt.report.collection import Collection, read_collection
from ecoopt.report.page import report_html, write_report

__all__ = ["Collection", "read_collection", "report_html", "write_report"]
