// One chat completion through the official OpenAI client for Node.
// stdin: {baseURL, apiKey, headers, abortAfter, request}; stdout: one JSON line, the same fields as sdk.Outcome.
import OpenAI from "openai";

const chunks = [];
for await (const piece of process.stdin) chunks.push(piece);
const { baseURL, apiKey, headers, abortAfter, request } = JSON.parse(Buffer.concat(chunks).toString());
const client = new OpenAI({ baseURL, apiKey, defaultHeaders: headers, maxRetries: 0, timeout: 60_000 });

const outcome = { text: "", finish_reason: null, usage: null, tool_calls: [], status: 200, code: null, deltas: 0 };

function addToolCalls(calls) {
  for (const call of calls ?? []) {
    const kept = (outcome.tool_calls[call.index ?? outcome.tool_calls.length] ??= { name: "", arguments: "" });
    kept.name += call.function?.name ?? "";
    kept.arguments += call.function?.arguments ?? "";
  }
}

try {
  if (request.stream) {
    const stream = await client.chat.completions.create(request);
    for await (const chunk of stream) {
      if (chunk.usage) outcome.usage = chunk.usage;
      const choice = chunk.choices[0];
      if (!choice) continue;
      outcome.text += choice.delta.content ?? "";
      outcome.deltas += choice.delta.content ? 1 : 0;
      addToolCalls(choice.delta.tool_calls);
      outcome.finish_reason = choice.finish_reason ?? outcome.finish_reason;
      if (abortAfter && outcome.deltas >= abortAfter) break;
    }
  } else {
    const completion = await client.chat.completions.create(request);
    const choice = completion.choices[0];
    outcome.text = choice.message.content ?? "";
    addToolCalls(choice.message.tool_calls);
    outcome.finish_reason = choice.finish_reason;
    outcome.usage = completion.usage;
  }
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  // An error event in the middle of a stream has no status of its own.
  outcome.status = error.status ?? 0;
  outcome.code = error.code ?? null;
}
console.log(JSON.stringify(outcome));
