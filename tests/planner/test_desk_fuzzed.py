"""Whatever the description of the API allows is answered as it says, and nothing breaks the desk."""

import schemathesis
from desk_people import Browser
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response as Answer
from schemathesis.specs.openapi.checks import status_code_conformance

from planner.web.desk import Desk

# These start processes; each is asked what makes no sense in tests of its own.
ELSEWHERE = ("/ask", "/scenarios")
EXAMPLES = 4


def test_whatever_the_description_allows_is_answered_as_it_says(desk: Desk, browser) -> None:
    boss: Browser = browser("approver")
    token = boss.change("tokens/make", label="fuzz", days=1).json()["token"]
    schema = schemathesis.openapi.from_dict(boss.get("/openapi.json").json())
    answered: dict[str, set[int]] = {}

    def fuzz(operation) -> None:
        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def answers(case) -> None:
            case.path_parameters["tenant"] = "shop"
            words = {
                name: value for name, value in case.as_transport_kwargs(base_url="http://desk.test").items()
                if name in ("method", "url", "params", "json", "data", "content")
            }  # fmt: skip
            answer = boss.request(**words, headers={"authorization": f"Bearer {token}"}, follow_redirects=False)
            answered.setdefault(operation.label, set()).add(answer.status_code)
            case.validate_response(
                Answer.from_any(answer), checks=[not_a_server_error, status_code_conformance]
            )  # fmt: skip

        answers()

    for result in schema.get_all_operations():
        operation = result.ok()
        if not any(part in operation.path for part in ELSEWHERE):
            fuzz(operation)
    assert len(answered) > 30
    assert 200 in set().union(*answered.values())
    assert desk.workplaces["shop"].lines().plan.height == 3
