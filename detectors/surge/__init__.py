"""Surges (D14): many complaints about one thing in a short time, found early, told once."""
