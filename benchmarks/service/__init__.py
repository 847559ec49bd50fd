"""The real service under followers: throughput, latency, floods."""
