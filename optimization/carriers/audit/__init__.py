"""Whether carriers billed what their contract says, to the fen, and what is still to be billed."""

from optimization.carriers.audit.problem import AuditProblem
from optimization.carriers.audit.solve import Audit, audit

__all__ = ["Audit", "AuditProblem", "audit"]
