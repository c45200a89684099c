"""Tuning: thresholds, review interval and horizon from what customers and contacts are worth."""
