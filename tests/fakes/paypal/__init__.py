"""PayPal as a server on this machine."""

from tests.fakes.paypal.server import PayPalFake

__all__ = ["PayPalFake"]
