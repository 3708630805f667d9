"""The REST interface: thin views over access, snapshots, commands and actions."""
