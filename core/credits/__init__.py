"""Credits: the ledger, which is the truth, and the prices that are charged to it."""
