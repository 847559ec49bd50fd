"""The GPU engine and GPU training beside their peers and the device's limits."""
