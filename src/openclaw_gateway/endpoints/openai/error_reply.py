"""A failure as the answer of an OpenAI endpoint; also what wire answers on paths of that API."""

from openclaw_gateway.dialects.openai.error_body import encode_error
from openclaw_gateway.endpoints.exchange import HttpReply
from openclaw_gateway.errors import GatewayError


def answer_error(error: GatewayError) -> HttpReply:
    """Status, headers and body of an error."""
    reply = encode_error(error)
    return HttpReply(reply.status, reply.body, headers=reply.headers)
