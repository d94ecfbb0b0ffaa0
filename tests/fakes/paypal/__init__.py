"""PayPal as a server on this machine, and its way to sign."""
