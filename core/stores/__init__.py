"""Where Easel keeps what must not be lost: ports in the domain's words, and their implementations."""
