"""The operator's pages: what happens, what it costs and earns, and what can be done about it, in any browser."""
