"""Stripe: Checkout Sessions through its SDK, and its signed notices, which are only hints to look again."""
