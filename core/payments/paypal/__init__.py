"""PayPal: orders and subscriptions over its HTTP API, and its signed notices, which are only hints to look again."""
