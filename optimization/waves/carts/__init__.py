"""Which orders share a cart: savings, annealing with exact tours, and the best partition of all carts seen."""

from optimization.waves.carts.problem import CartProblem
from optimization.waves.carts.solve import Carts, solve_carts

__all__ = ["CartProblem", "Carts", "solve_carts"]
