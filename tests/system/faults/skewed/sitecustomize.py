"""Lets a process believe in another wall clock: TEST_SKEW_S seconds from the true one."""

import os
import time

_true, _skew = time.time, float(os.environ.get("TEST_SKEW_S", "0"))
time.time = lambda: _true() + _skew
