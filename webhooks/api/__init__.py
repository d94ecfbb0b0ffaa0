"""The admin API: what happens, what it costs and earns, and every action, for the operator's own programs."""
