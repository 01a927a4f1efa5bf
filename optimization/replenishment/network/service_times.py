"""The few promises among which a best one is always found."""

from collections import deque

from optimization.replenishment.network.service_network import ServiceNetwork


def candidate_times(network: ServiceNetwork) -> tuple[list[list[int]], list[list[int]]]:
    """Inbound and own service times that can matter, by stage.

    Cost is concave in the times and their limits compare two times at most, so some best choice lies where every
    time is tied, by equalities, to a limit of its own kind: zero, a longest promise, or an inbound time. All times
    that such chains reach are listed; most networks have few, whatever the length of a period.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    (list of list of int, list of list of int)
        Candidates for the time in which inputs arrive and for the time promised, ascending, by row of stages.
    """
    limits = promise_limits(network)
    lead = network.stages["lead_time"].to_list()
    floor = network.stages["inbound_time"].to_list()
    found: tuple[list[set[int]], list[set[int]]] = ([{time} for time in floor], [{0, most} for most in limits])
    queue = deque((kind, stage, time) for kind in (0, 1) for stage, times in enumerate(found[kind]) for time in times)
    suppliers: list[list[int]] = [[] for _ in lead]
    customers: list[list[int]] = [[] for _ in lead]
    for upstream, downstream, _ in network.links:
        suppliers[downstream].append(upstream)
        customers[upstream].append(downstream)
    while queue:
        kind, stage, time = queue.popleft()
        if kind == 0:
            reached = [(1, stage, time + lead[stage]), *((1, other, time) for other in suppliers[stage])]
        else:
            reached = [(0, stage, time - lead[stage]), *((0, other, time) for other in customers[stage])]
        for side, other, value in reached:
            inside = 0 <= value <= limits[other] if side else value >= floor[other]
            if inside and value not in found[side][other]:
                found[side][other].add(value)
                queue.append((side, other, value))
    return [sorted(times) for times in found[0]], [sorted(times) for times in found[1]]


def promise_limits(network: ServiceNetwork) -> list[int]:
    """Longest promise worth making, by stage: its limit, or the time in which everything is made to order."""
    lead, limit = network.stages["lead_time"].to_list(), network.stages["max_service_time"].to_list()
    inbound = list(network.stages["inbound_time"])
    longest = [0] * len(lead)
    for stage in network.order:
        made_to_order = inbound[stage] + lead[stage]
        longest[stage] = made_to_order if limit[stage] is None else min(made_to_order, limit[stage])
        for upstream, downstream, _ in network.links:
            if upstream == stage:
                inbound[downstream] = max(inbound[downstream], longest[stage])
    return longest
