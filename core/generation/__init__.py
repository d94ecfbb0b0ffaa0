"""Generation: from a checked order to finished pictures or an answer."""
