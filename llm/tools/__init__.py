"""What a persona may do besides writing: a tool a file, each calls a room action as the persona."""
