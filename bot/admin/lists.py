"""Lists for the operator: dead letters, feedback, and what was done."""

from __future__ import annotations

from flask import Response, jsonify

from bot.admin.auth import blueprint, done
from bot.services import current_services


@blueprint.get("/dead")
def dead() -> Response:
    """List the messages that were given up; no texts."""
    return jsonify(dead=current_services().store.dead_letters.entries())


@blueprint.post("/dead/<name>/requeue")
def requeue(name: str) -> tuple[Response, int]:
    """Put a message that was given up back into its user's inbox."""
    return done("requeue", current_services().store.dead_letters.requeue(name) == "queued", name)


@blueprint.delete("/dead/<name>")
def delete_dead(name: str) -> tuple[Response, int]:
    """Delete a message that was given up."""
    return done("delete_dead", current_services().store.dead_letters.delete(name), name)


@blueprint.get("/feedback")
def feedback() -> Response:
    """List feedback and complaints, with their words."""
    return jsonify(feedback=current_services().store.feedback.entries())


@blueprint.delete("/feedback/<name>")
def delete_feedback(name: str) -> tuple[Response, int]:
    """Delete one feedback that was dealt with."""
    return done("delete_feedback", current_services().store.feedback.drop(name), name)


@blueprint.get("/audit")
def audit() -> Response:
    """List what operators and the word list did, newest first; no texts."""
    store = current_services().store
    entries = [*store.audit.entries(), *store.blocked.entries()]
    return jsonify(audit=sorted(entries, key=lambda entry: -float(entry["at"])))
