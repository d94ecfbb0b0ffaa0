"""What was measured: the indicators of each request, and their daily rollups."""

PAGE_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format"""
