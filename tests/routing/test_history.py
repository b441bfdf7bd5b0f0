"""What of a chain is new, seen as a table of conversations and as properties of any conversation."""

from dataclasses import dataclass, field
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.messages import (
    AssistantMessage,
    AudioPart,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from openclaw_gateway.routing.history import HistoryPlan, plan_history


def user(text: str) -> UserMessage:
    return UserMessage(text)


def reply(text: str, *calls: ToolCall) -> AssistantMessage:
    return AssistantMessage((*([TextPart(text)] if text else []), *calls), stop_reason="toolUse" if calls else "stop")


def cut_off(text: str) -> AssistantMessage:
    return AssistantMessage((TextPart(text),), stop_reason="aborted")


def call(name: str, id_: str = "c1", arguments: str = '{"a": 1}') -> ToolCall:
    return ToolCall(id_, name, arguments)


def result(text: str, id_: str = "c1") -> ToolResultMessage:
    return ToolResultMessage(id_, (TextPart(text),))


def picture(base64: str) -> UserMessage:
    return UserMessage((TextPart("look"), ImagePart("image/png", base64)))


def speech(base64: str) -> UserMessage:
    return UserMessage((AudioPart(base64, "wav"),))


Q1, A1, Q2, A2, Q3 = user("one?"), reply("one."), user("two?"), reply("two."), user("three?")
OWN_TOOLS = [
    Q1,
    reply("Let me look.", call("read")),
    result("file"),
    reply("", call("read", "c2")),
    result("more", "c2"),
    reply("Done."),
]
CALLERS_TOOL = [Q1, reply("", call("weather")), result("sunny"), reply("It is sunny.")]


@pytest.mark.parametrize(
    ("stored", "incoming", "keep", "new", "kind"),
    [
        pytest.param([], [Q1], 0, 1, "append", id="first message"),
        pytest.param([], [Q1, A1, Q2], 0, 3, "append", id="history brought into a new session"),
        pytest.param([Q1, A1], [Q2], 2, 1, "append", id="only the new message"),
        pytest.param([Q1, A1], [Q1], 2, 1, "append", id="the same words again, after an answer"),
        pytest.param([Q1, A1, Q2, A2], [Q2, Q3], 4, 2, "append", id="two new messages"),
        pytest.param([Q1, A1], [Q1, A1, Q2], 2, 1, "resend", id="resend"),
        pytest.param(
            [user(" one?\n"), reply("one.\n")],
            [user("one?"), reply(" one."), Q2],
            2,
            1,
            "resend",
            id="trimmed whitespace",
        ),
        pytest.param(
            [Q1, AssistantMessage((ThinkingPart("hm"), TextPart("one.")))], [Q1, A1, Q2], 2, 1, "resend", id="reasoning"
        ),
        pytest.param(OWN_TOOLS, [Q1, reply("Let me look.\n\nDone."), Q2], 6, 1, "resend", id="own tools are not seen"),
        pytest.param(OWN_TOOLS, [Q1, reply("Let me look. Done."), Q2], 6, 1, "resend", id="joined otherwise"),
        pytest.param(OWN_TOOLS, [Q1, reply("Let me look. Dome."), Q2], 1, 2, "branch", id="reply of rounds edited"),
        pytest.param(OWN_TOOLS, [Q1, reply("Let me look."), Q2], 5, 1, "branch", id="kept half a reply"),
        pytest.param(CALLERS_TOOL[:2], CALLERS_TOOL[:3], 2, 1, "resend", id="caller's result"),
        pytest.param(CALLERS_TOOL[:2], [result("sunny")], 2, 1, "append", id="caller's result alone"),
        pytest.param(CALLERS_TOOL, [*CALLERS_TOOL, Q2], 4, 1, "resend", id="caller's tool, resend"),
        pytest.param(
            CALLERS_TOOL,
            [Q1, reply("", call("weather", "x", '{"a":1}')), result("sunny", "x"), CALLERS_TOOL[3], Q2],
            4,
            1,
            "resend",
            id="other ids, arguments written anew",
        ),
        pytest.param(CALLERS_TOOL, [Q1, CALLERS_TOOL[3], Q2], 4, 1, "resend", id="client that drops tool traffic"),
        pytest.param(CALLERS_TOOL, CALLERS_TOOL[:3], 2, 1, "branch", id="caller's result again"),
        pytest.param(
            CALLERS_TOOL, [*CALLERS_TOOL[:2], result("rain"), reply("Wet."), Q2], 2, 3, "branch", id="other result"
        ),
        pytest.param(
            CALLERS_TOOL,
            [Q1, reply("", call("weather", "c1", "{}")), *CALLERS_TOOL[2:], Q2],
            1,
            4,
            "branch",
            id="other call",
        ),
        pytest.param([Q1, A1, Q2, A2], [A1, Q2, A2, Q3], 4, 1, "trimmed", id="trimmed in a turn"),
        pytest.param([Q1, A1, Q2, A2], [Q2, A2, Q3], 4, 1, "trimmed", id="trimmed at a turn"),
        pytest.param(CALLERS_TOOL, [*CALLERS_TOOL[2:], Q2], 4, 1, "trimmed", id="trimmed between call and result"),
        pytest.param([Q1, A1, Q2, A2], [Q1, A1, Q2], 2, 1, "branch", id="regenerate"),
        pytest.param([Q1, A1, Q2, A2], [Q1, A1, Q3], 2, 1, "branch", id="edit of the last message"),
        pytest.param([Q1, A1, Q2, A2, Q3, A1], [Q2, A2, Q3], 4, 1, "branch", id="regenerate, trimmed"),
        pytest.param([Q1, A1, Q2, A2], [Q1, reply("edited"), Q2], 1, 2, "branch", id="edit of a reply"),
        pytest.param([Q1, A1, Q2, A2], [user("other"), A1, Q2], 0, 3, "unrelated", id="edit of the first message"),
        pytest.param([Q1, A1], [user("title?"), reply("Title."), Q2], 0, 3, "unrelated", id="another chat"),
        pytest.param([Q1, A1, Q1, A1], [Q1, A1, Q2], 4, 1, "trimmed", id="repeats itself: the newest place"),
        pytest.param([Q1, cut_off("one")], [Q1, reply("o"), Q2], 2, 1, "resend", id="part of a reply cut off"),
        pytest.param([Q1, A1, Q2, cut_off("tw")], [Q1, A1, Q2, Q3], 2, 2, "branch", id="reply cut off, not kept"),
        pytest.param(
            [Q1, cut_off("on"), Q2, A2], [Q1, Q2, A2, Q3], 4, 1, "resend", id="reply cut off before, not kept"
        ),
        pytest.param([Q1, cut_off("on")], [Q1], 0, 1, "branch", id="asked again after it was cut off"),
        pytest.param([Q1, A1, Q2], [Q2], 2, 1, "branch", id="asked again after it failed"),
        pytest.param([Q1, A1, Q2], [Q3], 3, 1, "append", id="another question after it failed"),
        pytest.param([picture("AA")], [picture("AA"), A1, Q2], 1, 2, "branch", id="image, same"),
        pytest.param([picture("AA"), A1], [picture("AB"), A1, Q2], 0, 3, "unrelated", id="image, other"),
        pytest.param([speech("AA"), A1], [speech("AA"), A1, Q2], 2, 1, "resend", id="recording, same"),
        pytest.param([speech("AA"), A1], [speech("AB"), A1, Q2], 0, 3, "unrelated", id="recording, other"),
        pytest.param([Q1, A1], [Q1, A1, Q2, reply("I think")], 2, 2, "resend", id="prefilled answer"),
        pytest.param([Q1, A1], [Q1, reply(""), Q2], 1, 1, "branch", id="empty reply in the chain"),
    ],
)
def test_plan(stored: list[Message], incoming: list[Message], keep: int, new: int, kind: str) -> None:
    """Only what the caller could not have sent before is new; where it differs, the chain is the truth from there."""
    plan = plan_history(stored, incoming)
    assert (plan.keep, plan.new, plan.kind) == (keep, tuple(incoming[len(incoming) - new :]), kind)


# --- Any conversation -----------------------------------------------------------------------------------------------


@dataclass
class Talk:
    """A conversation from both sides: what is stored, and what the caller's client shows of it."""

    stored: list[Message] = field(default_factory=list)
    seen: list[Message] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.stored.append(user(text))
        self.seen.append(user(f" {text}\n"))

    def answer(self, texts: list[str], caller_call: str | None) -> None:
        """Rounds of the agent's own tools between the texts, then perhaps a call of the caller's tool."""
        for place, text in enumerate(texts[:-1]):
            self.stored += [reply(text, call("read", f"own{place}")), result("of the agent", f"own{place}")]
        self.stored.append(reply(texts[-1]))
        self.seen.append(reply("\n\n".join(texts)))
        if caller_call is not None:
            self.stored[-1] = reply(texts[-1], call(caller_call))
            self.seen[-1] = reply("\n\n".join(texts), call(caller_call, "rewritten"))
            self.stored += [result("of the caller"), reply("So it is.")]
            self.seen += [result("of the caller", "rewritten"), reply("So it is.")]


words = st.sampled_from(["yes", "no", "ok then", "tell me more", "line\n\nline", "42"])


@st.composite
def talks(draw: st.DrawFn, max_turns: int = 6) -> Talk:
    talk = Talk()
    for _ in range(draw(st.integers(1, max_turns))):
        talk.say(draw(words))
        talk.answer(draw(st.lists(words, min_size=1, max_size=3)), draw(st.none() | st.sampled_from(["look", "add"])))
    return talk


def apply(stored: list[Message], plan: HistoryPlan) -> list[Message]:
    return [*stored[: plan.keep], *plan.new]


@given(talks(), words)
def test_resend_adds_one_message(talk: Talk, text: str) -> None:
    """A client that resends everything adds only its new message, however the agent came to its answers."""
    assert plan_history(talk.stored, [*talk.seen, user(text)]) == HistoryPlan(len(talk.stored), (user(text),), "resend")


@given(talks(), words, st.data())
def test_trimmed_resend_adds_one_message(talk: Talk, text: str, data: st.DataObject) -> None:
    """A client that drops the beginning, anywhere, adds only its new message."""
    dropped = data.draw(st.integers(0, len(talk.seen) - 1))
    plan = plan_history(talk.stored, [*talk.seen[dropped:], user(text)])
    assert (plan.keep, plan.new) == (len(talk.stored), (user(text),))


@given(talks(), st.data())
def test_edit_branches_where_it_is(talk: Talk, data: st.DataObject) -> None:
    """After an edit the path shows the client exactly its own chain, and from then on a resend adds one message."""
    place = data.draw(st.integers(0, len(talk.seen) - 1))
    edited = user("edited") if type(talk.seen[place]) is UserMessage else reply("edited")
    chain = [*talk.seen[:place], edited, *talk.seen[place + 1 :], user("new")]
    plan = plan_history(talk.stored, chain)
    path = apply(talk.stored, plan)
    assert plan.new == tuple(chain[len(chain) - len(plan.new) :])
    assert len(plan.new) >= len(chain) - place
    later = plan_history([*path, reply("answer")], [*chain, reply("answer"), user("newer")])
    assert (later.keep, later.new) == (len(path) + 1, (user("newer"),))


@given(talks(), st.booleans())
def test_asking_again_does_not_grow(talk: Talk, is_answered: bool) -> None:
    """The same request sent again, whether it was answered or not, leaves the path as long as after the first time."""
    chain = [*talk.seen, user("a new question")]
    first = apply(talk.stored, plan_history(talk.stored, chain))
    again = apply(first, plan_history([*first, reply("answer")] if is_answered else first, chain))
    assert again == first


@given(talks(), talks())
def test_nothing_of_the_new_turn_is_lost(mine: Talk, theirs: Talk) -> None:
    """Whatever is stored and whatever comes, the new turn is there, in order."""
    chain = [*theirs.seen, user("new")]
    for stored in (mine.stored, mine.seen, theirs.stored):
        plan = plan_history(stored, chain)
        assert plan.new[-1] == user("new")
        assert plan.new == tuple(chain[len(chain) - len(plan.new) :])
        assert 0 <= plan.keep <= len(stored)


@given(
    st.lists(st.sampled_from([Q1, Q2, A1, reply("", call("x")), result("r"), cut_off("on"), reply("")]), max_size=12),
    st.data(),
)
def test_senseless_chains_are_planned_too(stored: list[Message], data: st.DataObject) -> None:
    """Messages in an order that no client sends are no error, and the last of them is never lost."""
    chain = data.draw(st.lists(st.sampled_from([Q1, Q2, A1, reply("", call("x")), result("r"), reply("")]), min_size=1))
    plan = plan_history(stored, chain)
    assert plan.new
    assert plan.new == tuple(chain[len(chain) - len(plan.new) :])
    assert 0 <= plan.keep <= len(stored)


def test_long_chain_takes_time_in_proportion() -> None:
    """Ten thousand equal messages, the worst case for finding where a chain begins, are compared in a few passes."""
    compared = 0

    class Counted(list[Message]):
        def __getitem__(self, place: object) -> object:  # type: ignore[override]  # counts, whatever the index
            nonlocal compared
            compared += 1
            return super().__getitem__(place)  # type: ignore[index]  # passed on as it came

    stored = Counted([Q1, A1] * 5000)
    plan_history(stored, [*([Q1, A1] * 4000), Q2])
    assert compared < 60_000


MANY_REPLIES = 20_000
MANY_CALLS = 100_000


@pytest.mark.parametrize(
    ("stored", "said", "kind"),
    [
        pytest.param(
            [reply("a")] * MANY_REPLIES, reply("a" * 4_000_000), "branch", id="a long text, many short replies"
        ),
        pytest.param(
            [reply("a")] * MANY_REPLIES, reply("a ".ljust(200) * MANY_REPLIES), "resend", id="the same, said at once"
        ),
        pytest.param(
            [reply("", *[call("f", f"c{n}") for n in range(MANY_CALLS)])],
            reply("", *[call("f", "c", '{"a":1.0}')] * MANY_CALLS),
            "resend",
            id="many calls in one reply",
        ),
    ],
)
def test_cost_is_in_proportion(stored: list[Message], said: Message, kind: str) -> None:
    """A hostile history costs what reading it costs; copied each time, these take ten seconds."""
    began = process_time()
    plan = plan_history([Q1, *stored], [Q1, said, Q2])
    assert plan.kind == kind
    assert process_time() - began < 2


def test_arguments_are_not_read_without_end() -> None:
    """Beyond a bound, arguments that are written otherwise count as others, instead of keeping the gateway busy."""
    large = "[" + "1," * 600_000 + "1]"
    stored: list[Message] = [Q1, reply("", call("f", arguments=large)), result("r"), A1]
    plan = plan_history(stored, [Q1, reply("", call("f", arguments=f" {large}")), result("r"), A1, Q2])
    assert (plan.keep, plan.kind) == (1, "branch")


ASIDE: list[Message] = [
    UserMessage("/status", exclude_from_context=True),
    AssistantMessage((TextPart("All is well."),), exclude_from_context=True),
]


@pytest.mark.parametrize(
    "stored", [[Q1, A1, *ASIDE], [*ASIDE, Q1, A1], [Q1, *ASIDE, A1]], ids=["end", "start", "middle"]
)
@pytest.mark.parametrize("shows_commands", [True, False])
def test_commands_may_be_in_the_chain_or_not(stored: list[Message], shows_commands: bool) -> None:
    """A chain that shows a command of the session, or lacks it, is recognised; only the new turn is added."""
    plan = plan_history(stored, [*(stored if shows_commands else [Q1, A1]), Q2])
    assert (plan.keep, plan.new) == (len(stored), (Q2,))
