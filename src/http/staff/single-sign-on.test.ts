import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { sql } from "kysely";
import { Provider } from "oidc-provider";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Role } from "../../accounts/index.ts";
import { newId } from "../../core/index.ts";
import { askWith } from "../api/ask.testing.ts";
import {
  asLibrary,
  colleague,
  invitationSecret,
  ORIGIN,
  OWNER,
  PASSWORD,
  signIn,
  staffServer,
  type StaffServer,
} from "./staff-server.testing.ts";

const CLIENT = { clientId: "assent", clientSecret: "a secret: with /signs+ that are encoded" };

/** Whom the provider knows: by name, whether it has verified their address, and where it says so. */
const KNOWN: Record<string, { email: string; verified: boolean }> = {};
let provider: Server;
let issuer: string;
let open: StaffServer;
let only: StaffServer;

beforeAll(async () => {
  // It tells whoever starts it what a real one would need.
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "info").mockImplementation(() => undefined);
  provider = createServer().listen(0, "127.0.0.1");
  await once(provider, "listening");
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const openId = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [`${ORIGIN}/staff/signed-in`],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    cookies: { keys: ["made for this test"] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: KNOWN[sub]?.email, email_verified: KNOWN[sub]?.verified }),
    }),
  });
  provider.on("request", (request, response) => void openId.callback()(request, response));
  const singleSignOn = { issuer, ...CLIENT, name: "The club’s sign-in" };
  open = await staffServer({ singleSignOn: { ...singleSignOn, only: false } });
  only = await staffServer({ singleSignOn: { ...singleSignOn, only: true } });
});
afterAll(async () => {
  await open.close();
  await only.close();
  provider.close();
  vi.restoreAllMocks();
});

/** A browser at the provider: signs in there, agrees, and says what it brings back. */
async function atProvider(url: string, sub: string): Promise<URLSearchParams> {
  const jar = new Map<string, string>();
  let next = new URL(url);
  let form: Record<string, string> | undefined;
  for (let hops = 0; hops < 15; hops++) {
    const answer = await fetch(next, {
      method: form ? "POST" : "GET",
      redirect: "manual",
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
      },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    const location = answer.headers.get("location");
    form = undefined;
    if (location !== null) {
      next = new URL(location, next);
      if (next.origin === ORIGIN) {
        expect(next.pathname).toBe("/staff/signed-in");
        return next.searchParams;
      }
      continue;
    }
    const page = await answer.text();
    form = page.includes('value="login"')
      ? { prompt: "login", login: sub, password: "any" }
      : { prompt: "consent" };
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) throw new Error(`the provider answers ${answer.status}: ${page.slice(0, 300)}`);
    next = new URL(action, next);
  }
  throw new Error("the provider sends the browser round and round");
}

/** All the way: from our page to the provider and back. */
async function come(
  server: StaffServer,
  sub: string,
  change: (back: Record<string, string>) => object = (back) => back,
) {
  const begun = await asLibrary(server, "single-sign-on/begin", {});
  expect(begun.status).toBe(200);
  const url = (begun.body as { url: string }).url;
  const back = Object.fromEntries(await atProvider(url, sub));
  const send = () => asLibrary(server, "single-sign-on/callback", change(back), begun.cookie);
  return { url, send, ...(await send()) };
}
const me = async (server: StaffServer, cookie: string) => {
  const answer = await server.ask("GET", "/api/staff/me", { cookie });
  return answer.statusCode === 200 ? answer.json<{ email: string }>().email : answer.statusCode;
};
async function inviteTo(server: StaffServer, role: Role, email: string): Promise<void> {
  const order = { secret: await invitationSecret(server, role), name: `somebody at ${email}`, email };
  expect((await server.ask("POST", "/api/staff/invitation", { body: order, cookie: null })).statusCode).toBe(
    200,
  );
}

describe("the organisation's own sign-in", () => {
  test("opens the account that was invited for the address, with PKCE, state and nonce", async () => {
    const { email } = await colleague(open, "editor");
    KNOWN["lou"] = { email: email.toUpperCase(), verified: true };
    const came = await come(open, "lou");
    const asked = new URL(came.url).searchParams;
    expect(asked.get("code_challenge_method")).toBe("S256");
    for (const name of ["state", "nonce", "code_challenge"]) expect(asked.get(name)?.length).toBe(43);
    expect(came.status).toBe(200);
    expect(await me(open, came.cookie)).toBe(email);
    const { sessions } = (
      await open.ask("GET", "/api/staff/account/sessions", { cookie: came.cookie })
    ).json<{ sessions: { how: string }[] }>();
    // Nobody had shown whose the address is: who came by the password may be somebody else.
    expect(sessions.map((one) => one.how)).toEqual(["single-sign-on"]);
    expect(await signIn(open.address, { email, password: PASSWORD })).toBe("");
    // By the same person, whatever address the provider has for them now.
    KNOWN["lou"] = { email: "married@example.org", verified: true };
    expect(await me(open, (await come(open, "lou")).cookie)).toBe(email);
    // Somebody else who got the address later is not let in.
    KNOWN["new"] = { email, verified: true };
    expect((await come(open, "new")).status).toBe(403);
  });

  test("ends what somebody left behind who had written another's address: links, keys, webhooks, sessions", async () => {
    const squatter = await colleague(open, "owner");
    const { cookie, email } = squatter;
    const account = await open.accounts.signedIn({ cookie });
    if (!account) throw new Error("nobody is signed in");
    const link = await open.accounts.addresses.change({ account, password: PASSWORD }, "back@example.org");
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const wanted = {
      name: "left behind",
      scopes: ["manage-webhooks", "see-requests"],
      collection: null,
      until,
    };
    const made = await open.ask("POST", "/api/staff/keys", { body: wanted, cookie });
    const { id: keyId, key } = made.json<{ id: string; key: string }>();
    const byKey = askWith(open, key);
    const webhook = { url: "https://example.org/told", kinds: ["request.opened"], collection: null };
    const body = { ...webhook, allowPrivate: false };
    const own = (await open.ask("POST", "/api/staff/webhooks", { body, cookie })).json<{ id: string }>();
    const keys = (
      await byKey("POST", "/webhooks", { body: webhook, headers: { "idempotency-key": newId() } })
    ).json<{ id: string }>();
    expect([own.id, keys.id]).not.toContain(undefined);
    const others = (await open.ask("POST", "/api/staff/webhooks", { body })).json<{ id: string }>();

    KNOWN["rightful"] = { email, verified: true };
    expect((await come(open, "rightful")).status).toBe(200);
    await expect(open.accounts.addresses.confirm(link.secret)).rejects.toMatchObject({ code: "not-found" });
    expect((await byKey("GET", "/webhooks")).statusCode).toBe(401);
    const { webhooks } = (await open.ask("GET", "/api/staff/webhooks")).json<{
      webhooks: { id: string }[];
    }>();
    expect(webhooks.map((one) => one.id)).toEqual([others.id]);
    const { db, journal } = open.test.instance;
    const entries = await db
      .selectFrom("entry_payload")
      .select(["kind", "payload"])
      .where("kind", "in", ["staff-sessions-ended", "api-key-revoked", "webhook-removed"])
      .execute();
    expect(entries).toEqual(
      expect.arrayContaining([
        { kind: "staff-sessions-ended", payload: { account: squatter.id, sessions: 1 } },
        { kind: "api-key-revoked", payload: { key: keyId, account: squatter.id } },
        ...[own.id, keys.id].map((id) => ({
          kind: "webhook-removed",
          payload: { webhook: id, by: "openid" },
        })),
      ]),
    );
    const revoked = (await journal.read()).flatMap((one) => (one.event === "revoked" ? [one.subject] : []));
    expect(revoked).toEqual(expect.arrayContaining([keyId, own.id, keys.id]));
  });

  test("leaves the password of whoever has verified the address before", async () => {
    KNOWN["ada"] = { email: OWNER.email, verified: true };
    const came = await come(open, "ada");
    expect(await me(open, came.cookie)).toBe(OWNER.email);
    expect(await me(open, open.owner)).toBe(OWNER.email);
    expect(await signIn(open.address, OWNER)).not.toBe("");
    const entries = await open.test.instance.db
      .selectFrom("entry_payload")
      .select("kind")
      .where("kind", "=", "staff-single-sign-on-linked")
      .execute();
    expect(entries).toHaveLength(3);
  });

  test("makes nobody an account, and believes no address that the provider has not verified", async () => {
    KNOWN["stranger"] = { email: "stranger@example.org", verified: true };
    expect((await come(open, "stranger")).status).toBe(403);
    const { email } = await colleague(open, "editor");
    KNOWN["claims"] = { email, verified: false };
    expect((await come(open, "claims")).status).toBe(403);
    const { rows } = await sql`select 1 from auth."user" where email = 'stranger@example.org'`.execute(
      open.test.instance.db,
    );
    expect(rows).toEqual([]);
  });

  test("is good once, in the browser that began it, and for the answer that was asked for", async () => {
    const { email } = await colleague(open, "editor");
    KNOWN["max"] = { email, verified: true };
    const first = await come(open, "max");
    expect(first.status).toBe(200);
    expect((await first.send()).status).toBe(401);
    const elsewhere = await come(open, "max", (back) => ({ ...back, state: "A".repeat(43) }));
    expect(elsewhere.status).toBe(401);
    expect((await come(open, "max", (back) => ({ ...back, iss: "https://evil.example.org" }))).status).toBe(
      403,
    );
    expect((await come(open, "max", (back) => ({ ...back, code: "made-up" }))).status).toBe(403);
    // The browser of somebody who was lured into another's sign-in has no cookie of ours.
    const begun = await asLibrary(open, "single-sign-on/begin", {});
    const back = Object.fromEntries(await atProvider((begun.body as { url: string }).url, "max"));
    expect((await asLibrary(open, "single-sign-on/callback", back)).status).toBe(401);
  });
});

describe("where it is the only way", () => {
  test("passwords open nothing, and an invitation asks for none", async () => {
    const ways = await only.ask("GET", "/api/staff/ways-in", { cookie: null });
    expect(ways.json()).toMatchObject({ password: false, singleSignOn: { name: "The club’s sign-in" } });
    await inviteTo(only, "editor", "eva@example.org");
    expect(await signIn(only.address, { email: "eva@example.org", password: PASSWORD })).toBe("");
    KNOWN["eva"] = { email: "eva@example.org", verified: true };
    const came = await come(only, "eva");
    expect(await me(only, came.cookie)).toBe("eva@example.org");
    const change = { currentPassword: PASSWORD, newPassword: "five words in a long row" };
    expect((await asLibrary(only, "change-password", change, came.cookie)).status).toBe(403);
  });

  test("the owner's link still opens, for a day", async () => {
    // By the link the owner of this server came, just now.
    expect(await me(only, only.owner)).toBe(OWNER.email);
    const { db } = only.test.instance;
    await sql`update auth.verification set "expiresAt" = now() - interval '1 minute'
      where identifier like 'assent-owner-door:%'`.execute(db);
    expect(await signIn(only.address, OWNER)).toBe("");
    const secret = await only.accounts.makeOwnerLink();
    await only.accounts.useOwnerLink({ secret, ...OWNER });
    await only.signInAgain();
    expect(await me(only, only.owner)).toBe(OWNER.email);
  });
});

test("where it is not configured, there is nothing to begin", async () => {
  const plain = await staffServer();
  try {
    expect((await asLibrary(plain, "single-sign-on/begin", {})).status).toBe(404);
    const ways = await plain.ask("GET", "/api/staff/ways-in", { cookie: null });
    expect(ways.json()).toMatchObject({ password: true, singleSignOn: null });
  } finally {
    await plain.close();
  }
});
