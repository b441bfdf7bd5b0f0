"""`openclaw gateway probe`."""

from pathlib import Path

from tests.cli.command import free_port, openclaw
from tests.cli.home import demo_gateway
from tests.client.peer import Line, Peer


def test_reached(tmp_path: Path) -> None:
    """A gateway that answers is told with what it grants and how it is; a wrong token is told apart from nobody."""
    with demo_gateway(tmp_path):
        outcome = openclaw(tmp_path, "gateway", "probe", "--json")
        assert outcome.code == 0
        document = outcome.document
        assert (document["ok"], document["degraded"], document["capability"]) == (True, False, "admin_capable")
        target = document["targets"][0]
        assert document["primaryTargetId"] == target["id"]
        assert (target["connect"]["rpcOk"], target["health"]["ok"]) == (True, True)
        assert "answers" in openclaw(tmp_path, "gateway", "probe").out
        refused = openclaw(tmp_path, "gateway", "probe", "--token", "x" * 20, "--json")
        assert (refused.code, refused.document["ok"]) == (3, False)
    nobody = openclaw(tmp_path, "gateway", "probe", "--port", str(free_port()))
    assert (nobody.code, "not reached" in nobody.out) == (4, True)


def test_lets_in_and_does_not_answer(tmp_path: Path) -> None:
    """A gateway that refuses to answer is reached, and degraded."""

    def script(line: Line) -> None:
        line.let_in()
        line.refuse(line.hear(), code="FORBIDDEN", message="missing scope", details={"code": "MISSING_SCOPE"})
        line.wait_closed()

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "gateway", "probe", "--url", peer.url, "--json")
    assert outcome.code == 0
    assert (outcome.document["ok"], outcome.document["degraded"]) == (True, True)
    assert outcome.document["targets"][0]["connect"]["scopeLimited"] is True
