"""What a follow-up leaves out: who or what its pronouns stand for, and which words of the talk it carries on."""

from app.resolve.past import Past

__all__ = ["Past"]
