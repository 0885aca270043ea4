"""Tests, a file a room. No key, no network beyond loopback, everything in temporary folders."""
