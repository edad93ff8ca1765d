"""Starts and supervises the web server and the scheduler, and checks the installation."""

import os

# Read by Granian's allocator when it is loaded: else each of hundreds of threads keeps memory for itself.
os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:1,tcache:false,dirty_decay_ms:0,muzzy_decay_ms:0")
