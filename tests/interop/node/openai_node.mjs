// The official OpenAI client for Node.
import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import * as r from "./reporting.mjs";

const City = z.object({ city: z.string(), degrees: z.number() });
const PARAMETERS = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const RUNNABLE = {
  type: "function",
  function: { name: "weather", description: "Tell how warm it is in a city.", parameters: PARAMETERS, parse: JSON.parse, function: r.weather },
};
const RESPONSES_TOOL = { type: "function", name: "weather", parameters: PARAMETERS, strict: false };

const connect = ({ base_url, key }) => new OpenAI({ baseURL: base_url, apiKey: key });
const user = (content) => [{ role: "user", content }];
const outputs = (response) =>
  response.output
    .filter((item) => item.type === "function_call")
    .map((item) => ({ type: "function_call_output", call_id: item.call_id, output: r.weather(JSON.parse(item.arguments)) }));

await r.report(
  {
    async text(access) {
      const reply = await connect(access).chat.completions.create({ model: r.MODEL, messages: user(r.SAY_HELLO) });
      assert.equal(reply.choices[0].message.content, r.HELLO);
      assert.equal(reply.usage.completion_tokens, 7);
    },
    async stream(access) {
      const stream = connect(access).chat.completions.stream({ model: r.MODEL, messages: user(r.SAY_HELLO) });
      const pieces = [];
      stream.on("content", (piece) => pieces.push(piece));
      assert.equal(await stream.finalContent(), r.HELLO);
      assert.equal(pieces.join(""), r.HELLO);
    },
    async tools(access) {
      const runner = connect(access).chat.completions.runTools({ model: r.MODEL, messages: user(r.ASK_WEATHER), tools: [RUNNABLE] });
      r.expectWeather(await runner.finalContent());
    },
    async "streamed tools"(access) {
      const options = { model: r.MODEL, messages: user(r.ASK_WEATHER), tools: [RUNNABLE], stream: true };
      r.expectWeather(await connect(access).chat.completions.runTools(options).finalContent());
    },
    async "JSON schema"(access) {
      const options = { model: r.MODEL, messages: user(r.ASK_DEGREES), response_format: zodResponseFormat(City, "city") };
      const reply = await connect(access).chat.completions.parse(options);
      assert.deepEqual(reply.choices[0].message.parsed, { city: "Oslo", degrees: 7 });
    },
    async image(access) {
      const content = [{ type: "text", text: r.ASK_PICTURE }, { type: "image_url", image_url: { url: r.PICTURE_URL } }];
      const reply = await connect(access).chat.completions.create({ model: r.MODEL, messages: user(content) });
      assert.equal(reply.choices[0].message.content, r.SEEN);
      const parts = [{ type: "input_text", text: r.ASK_PICTURE }, { type: "input_image", image_url: r.PICTURE_URL, detail: "auto" }];
      assert.equal((await connect(access).responses.create({ model: r.MODEL, input: user(parts) })).output_text, r.SEEN);
    },
    async "unknown agent"(access) {
      for (const stream of [false, true]) {
        const call = connect(access).chat.completions.create({ model: r.UNKNOWN_MODEL, messages: user("hi"), stream });
        await r.expectError(call, (error) => error instanceof OpenAI.BadRequestError, "Unknown agent 'nobody'");
      }
    },
    async "wrong key"(access) {
      const call = connect({ ...access, key: r.WRONG_KEY }).chat.completions.create({ model: r.MODEL, messages: user("hi") });
      await r.expectError(call, (error) => error instanceof OpenAI.AuthenticationError, "401");
    },
    async "broken stream"(access) {
      const stream = connect(access).chat.completions.stream({ model: r.MODEL, messages: user(r.BREAK_OFF) });
      await r.expectError(stream.finalContent(), (error) => error instanceof OpenAI.APIError, "cut off");
    },
    async responses(access) {
      const client = connect(access);
      const first = await client.responses.create({ model: r.MODEL, input: r.SAY_HELLO });
      assert.equal(first.output_text, r.HELLO);
      const second = await client.responses.create({ model: r.MODEL, input: "Again.", previous_response_id: first.id });
      assert.equal(second.output_text, r.HELLO);
      const parsed = await client.responses.parse({ model: r.MODEL, input: r.ASK_DEGREES, text: { format: zodTextFormat(City, "city") } });
      assert.deepEqual(parsed.output_parsed, { city: "Oslo", degrees: 7 });
    },
    async "streamed responses"(access) {
      const stream = connect(access).responses.stream({ model: r.MODEL, input: r.SAY_HELLO });
      let text = "";
      stream.on("response.output_text.delta", (event) => (text += event.delta));
      assert.equal((await stream.finalResponse()).output_text, r.HELLO);
      assert.equal(text, r.HELLO);
    },
    async "responses tools"(access) {
      const client = connect(access);
      const base = { model: r.MODEL, tools: [RESPONSES_TOOL] };
      const asked = await client.responses.create({ ...base, input: r.ASK_WEATHER });
      const answered = await client.responses.create({ ...base, input: outputs(asked), previous_response_id: asked.id });
      r.expectWeather(answered.output_text);
      const streamed = await client.responses.stream({ ...base, input: user(r.ASK_WEATHER) }).finalResponse();
      const input = [...user(r.ASK_WEATHER), ...streamed.output, ...outputs(streamed)];
      r.expectWeather((await client.responses.stream({ ...base, input }).finalResponse()).output_text);
    },
    async "stored responses"(access) {
      const client = connect(access);
      const made = await client.responses.create({ model: r.MODEL, input: r.SAY_HELLO });
      assert.equal((await client.responses.retrieve(made.id)).output_text, r.HELLO);
      await client.responses.delete(made.id);
      await r.expectError(client.responses.retrieve(made.id), (error) => error instanceof OpenAI.NotFoundError, made.id);
      const running = await client.responses.create({ model: "openclaw/slow", input: "[[hang]]", background: true });
      assert.equal((await client.responses.cancel(running.id)).status, "cancelled");
    },
    async embeddings(access) {
      const reply = await connect(access).embeddings.create({ model: r.MODEL, input: ["abc", "d"] });
      assert.deepEqual(reply.data.map((row) => row.embedding), [[3, 0.5], [1, 0.5]]);
    },
  },
  "openai",
);
