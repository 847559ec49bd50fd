"""The WeChat platform: signed envelopes, messages, replies, pages, and the API client."""
