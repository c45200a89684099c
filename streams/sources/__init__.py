"""Rows of files as events, by the rules of a TOML file (docs/sources.md)."""
