"""Shared by web and workers: settings, errors, policy, the Redis store, the WeChat platform."""

__version__ = "0.1.0"
