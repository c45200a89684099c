"""The worker: what stands between Kafka and the pure processors."""
