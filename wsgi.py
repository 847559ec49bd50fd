"""The door: `flask run` and `gunicorn wsgi:app` find the app here."""

from __future__ import annotations

import sys

from bot import create_app
from xinglin.errors import XinglinError, told

try:
    app = create_app()
except XinglinError as error:
    sys.stderr.write(f"xinglin: {told(error)}\n")
    sys.exit(2)
