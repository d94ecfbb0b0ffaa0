"""The pages of buying: choose, pay at the gateway, wait, done. No account is needed beyond the link."""
