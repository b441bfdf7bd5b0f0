"""Writes a model that llama.cpp loads: random weights, 570 kB, a vocabulary of bytes and a few words.

It answers nonsense up to the caller's limit, control characters and halves of UTF-8 sequences included, but tokenised,
sampled, streamed and counted by code that nobody here wrote.

    python -m tests.interop.tiny_model FILE
"""

import sys
from pathlib import Path

import gguf
import numpy as np

WIDTH, FEED_FORWARD, BLOCKS, HEADS, CONTEXT = 64, 128, 2, 4, 32_768
# The first of the vocabulary, which print as nothing: the unknown one and those that control. Then come the bytes.
SILENT_TOKENS = 5
FIRST_HALF = SILENT_TOKENS + 128

# ChatML without logic of its own, as simple local templates are: it prints whatever it is given as content.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def _vocabulary() -> list[tuple[str, float, gguf.TokenType]]:
    """Tokens with score and type. llama.cpp aborts unless all 256 byte tokens are there."""
    control = [(name, 0.0, gguf.TokenType.CONTROL) for name in ("<s>", "</s>", "<|im_start|>", "<|im_end|>")]
    unknown = [("<unk>", 0.0, gguf.TokenType.UNKNOWN)]
    single = [(f"<0x{byte:02X}>", 0.0, gguf.TokenType.BYTE) for byte in range(256)]
    # Printable pieces, so that the answers are text: letters, then pairs of a consonant and a vowel, with a space too.
    letters = [chr(code) for code in range(ord(" "), ord("~") + 1)]
    pairs = [space + first + second for space in ("", "\u2581") for first in "bdfgklmnprstvz" for second in "aeio"]
    pieces = [
        (piece.replace(" ", "\u2581"), -float(index), gguf.TokenType.NORMAL)
        for index, piece in enumerate(letters + pairs)
    ]
    return [*unknown, *control, *single, *pieces]


def write_tiny_model(path: Path) -> None:
    """Write the model to `path`; the same bytes every time."""
    vocabulary = _vocabulary()
    random = np.random.default_rng(1)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token for token, _, _ in vocabulary])
    writer.add_token_scores([score for _, score, _ in vocabulary])
    writer.add_token_types([kind for _, _, kind in vocabulary])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(4)
    writer.add_chat_template(CHAT_TEMPLATE)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, random.standard_normal(shape, dtype=np.float32) * np.float32(0.5))

    def add_output(name: str) -> None:
        weights = random.standard_normal((len(vocabulary), WIDTH), dtype=np.float32) * np.float32(0.5)
        # What ends a text never wins: prompts hold times and folders, and after some of them it would be the first
        # word, an empty answer that is an error by right, but of that minute only. Halves of UTF-8 sequences win
        # seldom, because the server sends nothing while one follows the other.
        weights[:SILENT_TOKENS] = 0
        weights[FIRST_HALF : FIRST_HALF + 128] *= np.float32(0.5)
        writer.add_tensor(name, weights)

    def add_norm(name: str) -> None:
        writer.add_tensor(name, np.ones(WIDTH, dtype=np.float32))

    add("token_embd.weight", len(vocabulary), WIDTH)
    add_output("output.weight")
    add_norm("output_norm.weight")
    for block in range(BLOCKS):
        add_norm(f"blk.{block}.attn_norm.weight")
        add_norm(f"blk.{block}.ffn_norm.weight")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{block}.{part}.weight", WIDTH, WIDTH)
        for part in ("ffn_gate", "ffn_up"):
            add(f"blk.{block}.{part}.weight", FEED_FORWARD, WIDTH)
        add(f"blk.{block}.ffn_down.weight", WIDTH, FEED_FORWARD)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write_tiny_model(Path(sys.argv[1]))
