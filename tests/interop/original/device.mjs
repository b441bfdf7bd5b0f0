// The reference client with a device identity: without the secret it is told to be paired, comes in when it was approved,
// keeps its token, comes back with it, and is let go when the token is revoked; with the secret it is paired at once.
import { createHash, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { GatewayClient } from "@openclaw/gateway-client";

const MAX_WAIT_MS = 15_000;
const url = process.env.OPENCLAW_GATEWAY_URL;
const secret = process.env.OPENCLAW_GATEWAY_TOKEN;

const rawKey = (pem) => createPublicKey(pem).export({ type: "spki", format: "der" }).subarray(-32);

function newDevice() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const publicKeyPem = publicKey.export({ type: "spki", format: "pem" });
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" });
  return { deviceId: createHash("sha256").update(rawKey(publicKeyPem)).digest("hex"), publicKeyPem, privateKeyPem };
}

// One connection, up to its hello or its refusal; kept: where the device keeps its token.
function connect(device, kept, options = {}) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer")), MAX_WAIT_MS);
    const { promise: closed, resolve: close } = Promise.withResolvers();
    const done = (result) => (clearTimeout(timer), resolve({ client, closed, ...result }));
    const client = new GatewayClient({
      url,
      minProtocol: 4,
      maxProtocol: 4,
      role: "operator",
      scopes: ["operator.read"],
      deviceIdentity: device,
      hostDeps: {
        signDevicePayload: (pem, text) => sign(null, Buffer.from(text), pem).toString("base64url"),
        publicKeyRawBase64UrlFromPem: (pem) => rawKey(pem).toString("base64url"),
        loadDeviceAuthToken: () => kept.record ?? null,
        storeDeviceAuthToken: ({ token, scopes }) => (kept.record = { token, scopes, role: "operator" }),
        clearDeviceAuthToken: () => (kept.record = undefined),
      },
      onHelloOk: (hello) => done({ hello }),
      onConnectError: (error) => error.details && done({ details: error.details }),
      onClose: (code) => close(code),
      ...options,
    });
    client.start();
  });
}

async function visit(device, kept, options) {
  const { client, hello, details } = await connect(device, kept, options);
  const health = hello && (await client.request("health", {}));
  client.stop();
  return { scopes: hello?.auth.scopes, token: Boolean(hello?.auth.deviceToken), ok: health?.ok, details };
}

const device = newDevice();
const kept = {};
const { client: operator } = await connect(undefined, {}, { token: secret, scopes: ["operator.admin"] });
const stranger = await visit(device, kept);
await operator.request("device.pair.approve", { requestId: stranger.details.requestId });
const fetched = await visit(device, kept);
const returned = await connect(device, kept);
const listed = await operator.request("device.pair.list", {});
await operator.request("device.token.revoke", { deviceId: device.deviceId, role: "operator" });
const code = await returned.closed;
returned.client.stop();
const local = await visit(newDevice(), {}, { token: secret });
operator.stop();
console.log(
  JSON.stringify({
    stranger: { code: stranger.details.code, reason: stranger.details.reason },
    fetched: { scopes: fetched.scopes, token: fetched.token, ok: fetched.ok },
    returned: { scopes: returned.hello.auth.scopes, connected: listed.paired[0].connected },
    revoked: code,
    local: { scopes: local.scopes, token: local.token },
  }),
);
process.exit(0);
