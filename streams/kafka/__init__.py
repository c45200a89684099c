"""Kafka itself: connecting, topics, reading without a group, the embedded broker."""
