"""Jobs: accepted work as durable documents, and the workers that bring each of them to an end."""
