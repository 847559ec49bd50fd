"""The door: `flask run` and `gunicorn wsgi:app` find the app here."""

from __future__ import annotations

import sys

from bot import create_app
from xinglin.errors import XinglinError

try:
    app = create_app()
except XinglinError as error:
    sys.stderr.write(f"xinglin: {error}\n")
    sys.exit(2)
