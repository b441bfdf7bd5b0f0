// The reference client: a turn, an abort, a lost connection in the middle of a run, sessions. It prints what it saw as
// JSON. When it prints `cut`, the test breaks its connection.
import { GatewayClient } from "@openclaw/gateway-client";

const MAX_WAIT_MS = 15_000;
const events = [];
const waiting = new Set();
let hellos = 0;
let gaps = 0;

const look = () => waiting.forEach((check) => check());

function until(describe, find) {
  return new Promise((resolve, reject) => {
    const check = () => {
      const found = find();
      if (!found) return;
      clearTimeout(timer);
      waiting.delete(check);
      resolve(found);
    };
    const timer = setTimeout(() => reject(new Error(`no ${describe}`)), MAX_WAIT_MS);
    waiting.add(check);
    check();
  });
}

const chat = (runId, state) =>
  until(`chat ${state}`, () => events.find((e) => e.event === "chat" && e.payload.runId === runId && e.payload.state === state)?.payload);
const text = (message) => message.content.map((part) => part.text ?? "").join("");

const client = new GatewayClient({
  url: process.env.OPENCLAW_GATEWAY_URL,
  token: process.env.OPENCLAW_GATEWAY_TOKEN,
  minProtocol: 4,
  maxProtocol: 4,
  caps: ["tool-events"],
  onHelloOk: () => (hellos++, look()),
  onGap: () => gaps++,
  onEvent: (event) => (events.push(event), look()),
});
const say = (message, sessionKey = "main") =>
  client.request("chat.send", { sessionKey, message, idempotencyKey: crypto.randomUUID() });

async function streamedTurn() {
  const { runId } = await say("[[say one two three]]");
  const final = await chat(runId, "final");
  return { text: text(final.message), deltas: events.filter((e) => e.payload.runId === runId && e.payload.state === "delta").length };
}

async function agentTurn() {
  const accepted = [];
  const params = { message: "[[say by agent]]", idempotencyKey: crypto.randomUUID() };
  const ended = await client.request("agent", params, { expectFinal: true, onAccepted: (payload) => accepted.push(payload.status) });
  return { accepted, status: ended.status, text: ended.result.payloads[0].text };
}

async function abort() {
  const { runId } = await say("[[say begun]] [[hang]]");
  await chat(runId, "delta");
  const { aborted, runIds } = await client.request("chat.abort", { sessionKey: "main", runId });
  await chat(runId, "aborted");
  return { aborted, isThis: runIds.includes(runId) };
}

async function recovery() {
  const { runId } = await say("[[say half of it]] [[hang]]", "recovered");
  await chat(runId, "delta");
  console.log("cut");
  await until("second hello", () => hellos === 2);
  const { inFlightRun, messages } = await client.request("chat.history", { sessionKey: "recovered" });
  await client.request("chat.abort", { sessionKey: "recovered", runId });
  return { isThis: inFlightRun?.runId === runId, text: inFlightRun?.text, roles: messages.map((message) => message.role) };
}

async function sessions() {
  const { key } = await client.request("sessions.create", { label: "Named" });
  await client.request("sessions.subscribe", {});
  await client.request("sessions.messages.subscribe", { key });
  const { runId } = await say("[[say in a session]]", key);
  await chat(runId, "final");
  const message = await until("session.message", () =>
    events.find((e) => e.event === "session.message" && e.payload.sessionKey === key && e.payload.message.role === "assistant"));
  await client.request("sessions.patch", { key, label: "Renamed" });
  const resolved = await client.request("sessions.resolve", { label: "Renamed" });
  const { deleted } = await client.request("sessions.delete", { key });
  return { text: text(message.payload.message), isResolved: resolved.key === key, deleted };
}

client.start();
try {
  await until("hello", () => hellos === 1);
  const seen = { turn: await streamedTurn(), agent: await agentTurn(), abort: await abort(), sessions: await sessions() };
  seen.recovery = await recovery();
  console.log(JSON.stringify({ ...seen, gaps }));
} finally {
  client.stop();
}
