"""The methods of this gateway."""

from openclaw_gateway.endpoints.gateway.methods import build_table

NAMES = """
agent agent.identity.get agent.wait agents.create agents.delete agents.files.get agents.files.list
agents.files.set agents.list agents.update chat.abort chat.history chat.inject chat.message.get chat.send
commands.list config.apply config.get config.patch config.schema config.schema.lookup config.set cron.list
device.pair.approve device.pair.list device.pair.reject device.pair.remove device.pair.rename
device.token.revoke device.token.rotate exec.approval.get exec.approval.list exec.approval.request
exec.approval.resolve exec.approval.waitDecision exec.approvals.get exec.approvals.set gateway.identity.get
health logs.tail models.list plugin.approval.list question.list sessions.abort sessions.cleanup
sessions.compact sessions.create sessions.delete sessions.describe sessions.get sessions.list
sessions.messages.subscribe sessions.messages.unsubscribe sessions.patch sessions.preview sessions.reset
sessions.resolve sessions.search sessions.send sessions.subscribe sessions.unsubscribe sessions.usage
skills.status status system-presence taskSuggestions.list tools.catalog tools.effective tools.invoke
usage.cost usage.status
"""


def test_table_names_what_may_be_asked() -> None:
    """What the hello lists; a new method is added here, in the table and in docs/reference/protocol.md."""
    assert build_table().names == tuple(NAMES.split())
