"""Payments that have arrived, whoever took them, turned into credits exactly once."""
