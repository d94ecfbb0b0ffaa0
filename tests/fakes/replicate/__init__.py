"""Replicate on a wire: its API, its file host, and its signed announcements, all of which can be told to misbehave."""

from tests.fakes.replicate.faults import Answer, Drop, Fault, Hang, Slow
from tests.fakes.replicate.predictions import Prediction, Script
from tests.fakes.replicate.server import ReplicateFake

__all__ = ["Answer", "Drop", "Fault", "Hang", "Prediction", "ReplicateFake", "Script", "Slow"]
