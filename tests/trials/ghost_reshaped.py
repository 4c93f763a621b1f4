#!/usr/bin/python3
"""The labelled flows of the corpus, each seen differently. Usage: ghost_reshaped.py RESHAPE [EVERY]"""
import subprocess
import sys

import corpus

with corpus.unpacked("development.tar.zst", "ghost.pcap") as folder:
    every = sys.argv[2] if len(sys.argv) > 2 else "1"
    sys.exit(subprocess.run([sys.argv[1], "--every", every, folder / "ghost.pcap"], check=False).returncode)
