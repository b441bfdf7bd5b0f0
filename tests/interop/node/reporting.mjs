// What the Node client programs share; the counterpart of clients/reporting.py, where the report is described.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export const MODEL = "openclaw/main";
export const UNKNOWN_MODEL = "openclaw/nobody";
export const WRONG_KEY = "wrong-token-0123456789";
export const HELLO = "Hello from the model.";
export const SAY_HELLO = "Say hello.";
export const ASK_WEATHER = "How is the weather in Oslo and in Rome?";
export const ASK_DEGREES = "How warm is it in Oslo?";
export const BREAK_OFF = "Please break off.";
export const ASK_PICTURE = "What is in this picture?";
export const PICTURE_URL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
export const SEEN = "I see image/png.";
const DEGREES = { Oslo: 7, Rome: 19 };

export function weather({ city }) {
  return `${DEGREES[city]} degrees in ${city}`;
}

export function expectWeather(text) {
  for (const city of Object.keys(DEGREES)) assert.ok(text.includes(weather({ city })), `no word of ${city} in ${text}`);
}

// Fails unless the call rejects with an error that passes, with these words in its message.
export async function expectError(call, passes, ...words) {
  await assert.rejects(call, (error) => {
    assert.ok(passes(error), `another error: ${error.constructor.name}: ${error}`);
    for (const word of words) assert.ok(error.message.includes(word), `no ${word} in ${error.message}`);
    return true;
  });
}

export async function report(checks, ...packages) {
  const pieces = [];
  for await (const piece of process.stdin) pieces.push(piece);
  const access = JSON.parse(Buffer.concat(pieces).toString());
  const failures = {};
  for (const [feature, check] of Object.entries(checks)) {
    try {
      await check(access);
      failures[feature] = null;
    } catch (error) {
      console.error(feature, error);
      failures[feature] = `${error.constructor.name}: ${error.message}`;
    }
  }
  const versions = {};
  for (const name of packages) {
    const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
    versions[name] = JSON.parse(readFileSync(file)).version;
  }
  console.log(JSON.stringify({ versions, failures }));
}
