// Vercel's AI SDK. argv[2]: the provider package, "openai" or "openai-compatible".
import assert from "node:assert/strict";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import * as r from "./reporting.mjs";

const provider = process.argv[2];
const City = z.object({ city: z.string(), degrees: z.number() });
const tools = {
  weather: tool({ description: "Tell how warm it is in a city.", inputSchema: z.object({ city: z.string() }), execute: r.weather }),
};
const rounds = { tools, stopWhen: stepCountIs(5) };

function connect({ base_url, key }) {
  if (provider === "openai") return createOpenAI({ baseURL: base_url, apiKey: key });
  return createOpenAICompatible({ name: "openclaw", baseURL: base_url, apiKey: key, includeUsage: true, supportsStructuredOutputs: true });
}

const chat = (access, model = r.MODEL) => (provider === "openai" ? connect(access).chat(model) : connect(access)(model));
const responses = (access) => connect(access).responses(r.MODEL);

// The streamed text; an error inside of the stream is thrown.
async function collect(options) {
  let text = "";
  for await (const part of streamText({ onError() {}, ...options }).fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") text += part.text;
  }
  return text;
}

async function sayHello(model) {
  const { text, usage } = await generateText({ model, prompt: r.SAY_HELLO });
  assert.equal(text, r.HELLO);
  assert.equal(usage.outputTokens, 7);
}

const useTools = async (model) => r.expectWeather((await generateText({ model, prompt: r.ASK_WEATHER, ...rounds })).text);
const useStreamedTools = async (model) => r.expectWeather(await collect({ model, prompt: r.ASK_WEATHER, ...rounds }));

const checks = {
  text: (access) => sayHello(chat(access)),
  async stream(access) {
    assert.equal(await collect({ model: chat(access), prompt: r.SAY_HELLO }), r.HELLO);
  },
  tools: (access) => useTools(chat(access)),
  "streamed tools": (access) => useStreamedTools(chat(access)),
  async "JSON schema"(access) {
    const { output } = await generateText({ model: chat(access), prompt: r.ASK_DEGREES, output: Output.object({ schema: City }) });
    assert.deepEqual(output, { city: "Oslo", degrees: 7 });
  },
  async image(access) {
    const content = [{ type: "text", text: r.ASK_PICTURE }, { type: "image", image: r.PICTURE_URL }];
    const models = provider === "openai" ? [chat(access), responses(access)] : [chat(access)];
    for (const model of models) {
      assert.equal((await generateText({ model, messages: [{ role: "user", content }] })).text, r.SEEN);
    }
  },
  async "unknown agent"(access) {
    const options = { model: chat(access, r.UNKNOWN_MODEL), prompt: "hi" };
    const passes = (error) => APICallError.isInstance(error) && error.statusCode === 400;
    await r.expectError(generateText(options), passes, "Unknown agent 'nobody'");
    await r.expectError(collect(options), passes, "Unknown agent 'nobody'");
  },
  async "wrong key"(access) {
    const call = generateText({ model: chat({ ...access, key: r.WRONG_KEY }), prompt: "hi" });
    await r.expectError(call, (error) => APICallError.isInstance(error) && error.statusCode === 401);
  },
  async "broken stream"(access) {
    // The library gives the error of the event as it is, an object and no Error.
    await r.expectError(collect({ model: chat(access), prompt: r.BREAK_OFF }), (error) => error.code, "cut off");
  },
  async embeddings(access) {
    const { embeddings } = await embedMany({ model: connect(access).embeddingModel(r.MODEL), values: ["abc", "d"] });
    assert.deepEqual(embeddings, [[3, 0.5], [1, 0.5]]);
  },
};

const overResponses = {
  responses: (access) => sayHello(responses(access)),
  async "streamed responses"(access) {
    assert.equal(await collect({ model: responses(access), prompt: r.SAY_HELLO }), r.HELLO);
  },
  async "responses tools"(access) {
    await useTools(responses(access));
    await useStreamedTools(responses(access));
  },
};

await r.report(provider === "openai" ? { ...checks, ...overResponses } : checks, "ai", `@ai-sdk/${provider}`);
