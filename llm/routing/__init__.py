"""The router of a room: a small model says who, if anyone, answers a question to nobody."""
