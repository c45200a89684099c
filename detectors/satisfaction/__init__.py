"""Satisfaction (D11): what customers say, what they do, and what goes with their leaving."""
