"""The playground: a chat page on localhost that speaks to the same core as every other platform."""
