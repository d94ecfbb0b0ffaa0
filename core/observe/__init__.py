"""What was measured: the indicators of each request, and their daily rollups."""
