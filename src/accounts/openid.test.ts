import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { base64url, exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOpenId, type OpenId } from "./openid.ts";

const CLIENT = { clientId: "assent", clientSecret: "a secret that client and provider share" };
const JOURNEY = { state: "state", nonce: "the nonce of this journey", verifier: "verifier" };
const ALGORITHM = "ES256";

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
type Json = Record<string, unknown>;

/** What the provider says at the moment; each test says how that differs from a good answer. */
let says: { idToken: string; jwks: unknown; userinfo: Json; discovery: Json };
let provider: Server;
let issuer: string;
let own: Pair;
let good: typeof says;

beforeAll(async () => {
  own = await generateKeyPair(ALGORITHM);
  provider = createServer((request, response) => {
    const answers: Readonly<Record<string, unknown>> = {
      "/.well-known/openid-configuration": says.discovery,
      "/token": { access_token: "access", id_token: says.idToken },
      "/keys": says.jwks,
      "/person": says.userinfo,
    };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answers[request.url ?? ""] ?? null));
  }).listen(0, "127.0.0.1");
  await once(provider, "listening");
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  good = {
    idToken: await token(),
    jwks: { keys: [{ ...(await exportJWK(own.publicKey)), kid: "own", alg: ALGORITHM }] },
    userinfo: { sub: "lou", email: "Lou@example.org", email_verified: true },
    discovery: {
      issuer,
      authorization_endpoint: `${issuer}/begin`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/person`,
      jwks_uri: `${issuer}/keys`,
      // A provider may well offer what nobody ought to take.
      id_token_signing_alg_values_supported: ["none", "HS256", ALGORITHM],
    },
  };
});
afterAll(() => provider.close());

function claims(change: Json = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  const of = { iss: issuer, sub: "lou", aud: CLIENT.clientId, nonce: JOURNEY.nonce };
  return { ...of, iat: now, exp: now + 300, ...change };
}
function token(change: Json = {}, key: Pair["privateKey"] = own.privateKey): Promise<string> {
  return new SignJWT(claims(change)).setProtectedHeader({ alg: ALGORITHM, kid: "own" }).sign(key);
}
function open(): OpenId {
  return createOpenId({ issuer, ...CLIENT, redirectUri: () => "https://photos.example.org/staff/signed-in" });
}
function finish(change: Partial<typeof says> = {}, back: { iss?: string } = {}) {
  says = { ...good, ...change };
  return open().finish(JOURNEY, { code: "code", ...back });
}
const refused = expect.objectContaining({ code: "refused" }) as unknown;

describe("who comes back from the organisation's sign-in", () => {
  test("is believed for a token that fits, and has the address that the provider verified", async () => {
    expect(await finish()).toEqual({ subject: "lou", email: "lou@example.org" });
    const aud = [CLIENT.clientId, "another program"];
    const forBoth = await token({ aud, azp: CLIENT.clientId });
    expect(await finish({ idToken: forBoth })).toMatchObject({ subject: "lou" });
    const told = await token({ email: "told@example.org", email_verified: true });
    expect(await finish({ idToken: told })).toMatchObject({ email: "told@example.org" });
  });

  test.each<[string, () => Promise<string> | string]>([
    [
      "signed by nobody",
      () =>
        `${base64url.encode(JSON.stringify({ alg: "none" }))}.${base64url.encode(JSON.stringify(claims()))}.`,
    ],
    [
      "signed with the secret that the client shares",
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: "HS256", kid: "own" })
          .sign(new TextEncoder().encode(CLIENT.clientSecret)),
    ],
    ["signed with another key", async () => token({}, (await generateKeyPair(ALGORITHM)).privateKey)],
    ["of another journey", () => token({ nonce: "the nonce of another journey" })],
    ["of no journey", () => token({ nonce: undefined })],
    ["for another program", () => token({ aud: "another program" })],
    [
      "for several programs, and asked for by another",
      () => token({ aud: [CLIENT.clientId, "b"], azp: "b" }),
    ],
    ["for several programs, asked for by nobody", () => token({ aud: [CLIENT.clientId, "b"] })],
    ["of another provider", () => token({ iss: "https://elsewhere.example.org" })],
    ["that has run out", () => token({ exp: Math.floor(Date.now() / 1000) - 120 })],
    ["that never runs out", () => token({ exp: undefined })],
    ["about nobody", () => token({ sub: undefined })],
    ["that is none", () => "no token"],
  ])("is not believed for a token %s", async (_, make) => {
    await expect(finish({ idToken: await make() })).rejects.toEqual(refused);
  });

  test.each<[string, Json]>([
    ["about another person", { sub: "max" }],
    ["about nobody", { sub: undefined }],
    ["with an address that was not verified", { email_verified: false }],
    ["with an address that is said to be verified in words", { email_verified: "true" }],
    ["without an address", { email: undefined }],
  ])("is not believed for an answer %s", async (_, change) => {
    await expect(finish({ userinfo: { ...good.userinfo, ...change } })).rejects.toEqual(refused);
  });

  test.each<[string, unknown]>([
    ["none", { keys: [] }],
    ["no list", { keys: "own" }],
    ["no object", [1, 2]],
    ["nothing that a key is", { keys: [null] }],
    [
      "a key that cannot be read",
      { keys: [{ kty: "EC", crv: "P-256", kid: "own", alg: ALGORITHM, x: "?" }] },
    ],
  ])("is not believed, and that is said, where the provider's keys are %s", async (_, jwks) => {
    await expect(finish({ jwks })).rejects.toEqual(refused);
  });

  test("is not believed where the answer names another provider, or has to name one and does not", async () => {
    expect(await finish({}, { iss: issuer })).toMatchObject({ subject: "lou" });
    await expect(finish({}, { iss: "https://elsewhere.example.org" })).rejects.toEqual(refused);
    const discovery = { ...good.discovery, authorization_response_iss_parameter_supported: true };
    await expect(finish({ discovery })).rejects.toEqual(refused);
  });
});

test("a provider that speaks for another, or names no addresses, is not asked", async () => {
  for (const change of [
    { issuer: "https://elsewhere.example.org" },
    { token_endpoint: 7 },
    { jwks_uri: "x" },
  ]) {
    says = { ...good, discovery: { ...good.discovery, ...change } };
    await expect(open().begin()).rejects.toEqual(refused);
  }
});
