"""How much of a model's window a message takes, by estimate: good enough to decide what fits, and cheap."""

from openclaw_gateway.messages import AudioPart, ImagePart, Message, TextPart, ThinkingPart, ToolCall, is_aside

# English text and code run to about four bytes a token; counting bytes makes up for scripts with a token a character.
BYTES_PER_TOKEN = 4
# Providers frame each message with its role; an image of the largest size they do not shrink costs about 1,600.
TOKENS_PER_MESSAGE = 4
TOKENS_PER_IMAGE = 1600
# Of base64: providers count about 10 tokens a second, and a small MP3 brings 4 KB a second.
AUDIO_CHARS_PER_TOKEN = 550


def estimate_tokens(message: Message) -> int:
    """Tokens of a message in a prompt, reasoning included; 0 for one that is in none."""
    content = message.content
    if is_aside(message):
        return 0
    if isinstance(content, str):
        return TOKENS_PER_MESSAGE + _count_bytes(content) // BYTES_PER_TOKEN
    tokens, size = TOKENS_PER_MESSAGE, 0
    for part in content:
        match part:
            case TextPart():
                size += _count_bytes(part.text)
            case ThinkingPart():
                size += _count_bytes(part.thinking)
            case ToolCall():
                size += _count_bytes(part.name) + _count_bytes(part.arguments)
            case ImagePart():
                tokens += TOKENS_PER_IMAGE
            case AudioPart():
                tokens += len(part.data) // AUDIO_CHARS_PER_TOKEN
    return tokens + size // BYTES_PER_TOKEN


def _count_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
