#!/usr/bin/python3
"""Ghostport's plugin inside a real Suricata 8."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import suricata_tests  # noqa: E402  pylint: disable=wrong-import-position

if __name__ == "__main__":
    suricata_tests.main(8)
