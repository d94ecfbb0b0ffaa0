"""Media: where pictures are kept and how people reach them."""
