"""Bots: commands come in, results go out. One command table and one set of sentences for every platform."""
