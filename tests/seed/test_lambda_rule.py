"""The critical lambda rule and mistake 1: lambdas validate, and the ones that work are refused."""

import http.server
import threading
import urllib.request
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from spine.errors import LambdaRuleError
from spine.orchestration import Step, Workflow, WorkflowRunner

# What the document's lambdas call: a client with the shape of `requests`, over the standard library.
requests = SimpleNamespace(get=urllib.request.urlopen)


def compute_metrics(rows: list[float]) -> dict[str, float]:
    return {"mean": sum(rows) / len(rows)}


@pytest.fixture
def site() -> Iterator[SimpleNamespace]:
    """A web server that counts its visitors."""
    visits: list[str] = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(200)
            self.end_headers()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_address[1]}/", visits=visits)
        server.shutdown()


def refused(session: Session, step: Step, context: dict[str, Any]) -> str:
    """Run the one step; the message it was refused with."""
    before = dict(context)
    result = WorkflowRunner(session).run(Workflow(name="wrong", steps=[step]), context)
    assert (result.status, result.failed_step) == ("FAILED", step.name)
    assert isinstance(result.error, LambdaRuleError)
    assert context == before
    return str(result.error)


def test_correct_lambdas_check_parameters_and_quality(db_session: Session) -> None:
    workflow = Workflow(
        name="checks",
        steps=[
            Step.lambda_("check_params", lambda ctx: ctx.get("date") is not None),
            Step.lambda_("check_quality", lambda ctx: len(ctx.get("rows", [])) > 0),
        ],
    )
    runner = WorkflowRunner(db_session)
    assert runner.run(workflow, {"date": "2025-01-01", "rows": [1]}).status == "COMPLETE"
    assert runner.run(workflow, {"date": "2025-01-01"}).failed_step == "check_quality"
    assert runner.run(workflow, {"rows": [1]}).failed_step == "check_params"


def test_wrong_a_lambda_that_fetches(db_session: Session, site: SimpleNamespace) -> None:
    step = Step.lambda_("fetch", lambda ctx: requests.get(ctx["url"]))
    message = refused(db_session, step, {"url": site.url})
    assert "the lambda of step 'fetch' opens a network connection" in message
    assert "move the work to a pipeline (Step.pipeline)" in message
    assert site.visits == []


def test_wrong_a_lambda_that_fetches_and_returns_data(db_session: Session, site: SimpleNamespace) -> None:
    step = Step.lambda_(
        "fetch",
        lambda ctx: {
            "data": requests.get(ctx["url"]).json()  # This is WORK, not validation!
        },
    )
    assert "Step.pipeline" in refused(db_session, step, {"url": site.url})
    assert site.visits == []


def test_wrong_a_lambda_that_computes(db_session: Session) -> None:
    step = Step.lambda_("calc", lambda ctx: compute_metrics(ctx["rows"]))
    message = refused(db_session, step, {"rows": [1.0, 2.0]})
    assert "returned a dict, which is data" in message
    assert "leave data to pipelines (Step.pipeline)" in message


WRITES: dict[str, Callable[[Any], object]] = {
    "sets a key": lambda ctx: ctx.__setitem__("data", 1),
    "updates": lambda ctx: ctx.update(data=1) or True,
    "appends": lambda ctx: ctx["rows"].append(3) or True,
    "changes a row": lambda ctx: ctx["records"][0].pop("a") > 0,
}


@pytest.mark.parametrize("write", WRITES)
def test_wrong_a_lambda_that_writes_the_context(db_session: Session, write: str) -> None:
    context = {"rows": [1], "records": [{"a": 1}]}
    message = refused(db_session, Step.lambda_("write", WRITES[write]), context)
    assert "context" in message
    assert "Step.pipeline" in message
    assert context == {"rows": [1], "records": [{"a": 1}]}


def test_wrong_a_lambda_that_writes_the_context_behind_its_back(db_session: Session) -> None:
    context: dict[str, Any] = {"rows": [1]}
    step = Step.lambda_("write", lambda ctx: context.update(data=1, rows=[]) or True)
    message = refused(db_session, step, context)
    assert "wrote context['rows']" in message or "wrote context['data']" in message


def test_wrong_a_lambda_that_uses_the_database(db_session: Session) -> None:
    step = Step.lambda_("count", lambda ctx: db_session.execute(text("SELECT 1")).scalar() == 1)
    assert "uses a database" in refused(db_session, step, {})
    assert db_session.execute(text("SELECT 1")).scalar() == 1


def test_wrong_a_choice_that_works(db_session: Session, site: SimpleNamespace) -> None:
    workflow = Workflow(
        name="wrong",
        steps=[Step.choice("fetch", condition=lambda ctx: requests.get(site.url), then_step="end")],
    )
    result = WorkflowRunner(db_session).run(workflow)
    assert isinstance(result.error, LambdaRuleError)
    assert site.visits == []
