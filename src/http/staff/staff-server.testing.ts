import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { LightMyRequestResponse } from "fastify";
import { sql } from "kysely";
import { testInstance, type TestInstance } from "../../../test/support/instance.ts";
import { samplePhotos } from "../../app/sample-photos.ts";
import {
  openAccounts,
  type Accounts,
  type Role,
  type SecondFactorRule,
  type SingleSignOn,
} from "../../accounts/index.ts";
import { newId, type Clock } from "../../core/index.ts";
import type { TwoPersonRule } from "../../rights/index.ts";
import { work } from "../../flows/index.ts";
import { createPost } from "../../webhooks/index.ts";
import type { HttpOptions } from "../context.ts";
import { testServer, type TestServer } from "../test-server.testing.ts";

export const ORIGIN = "https://photos.example.org";
/** Of every colleague. */
export const PASSWORD = "four words in a row";
export const OWNER = { name: "Ada Owner", email: "ada@example.org", password: "correct horse battery" };

export interface StaffServer {
  readonly test: TestInstance;
  readonly server: TestServer;
  readonly accounts: Accounts;
  /** Cookie header of the owner's session. */
  readonly owner: string;
  /** After what ended the owner's sessions. */
  signInAgain(): Promise<void>;
  ask: (
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    options?: { readonly body?: object; readonly cookie?: string | null },
  ) => Promise<LightMyRequestResponse>;
  /** As the pages make one. Returns its id. */
  collection(name: string, more?: object): Promise<string>;
  /** Sends a file in pieces by tus, and says what became of it. */
  upload(collection: string, file: string | Buffer, name?: string): Promise<unknown>;
  /** When everything that was taken is looked through. */
  scanned(collection: string): Promise<void>;
  /** Where the server listens. */
  readonly address: string;
  close(): Promise<void>;
}

/** For tests: a real instance and server with an owner who is signed in. */
export async function staffServer(
  options: {
    readonly clock?: Clock;
    readonly mailer?: NonNullable<HttpOptions["mailer"]>;
    readonly secondFactor?: SecondFactorRule;
    readonly singleSignOn?: SingleSignOn;
    readonly twoPersons?: TwoPersonRule;
  } = {},
): Promise<StaffServer> {
  const { mailer, secondFactor = "optional", singleSignOn, twoPersons, ...of } = options;
  const test = await testInstance(of);
  const { instance } = test;
  const accounts = await openAccounts({
    db: instance.db,
    keys: instance.keys,
    clock: instance.clock,
    publicUrl: new URL(ORIGIN),
    organisation: "The club",
    secondFactor,
    singleSignOn: singleSignOn && { ...singleSignOn, journal: instance.journal },
  });
  const samples = await samplePhotos();
  const server = await testServer(instance, {
    staff: {
      ...(twoPersons ? { twoPersons } : {}),
      accounts,
      dataFolder: instance.dataFolder,
      samples,
      post: createPost(),
    },
    ...(mailer ? { mailer } : {}),
  });
  const working = await work(instance);
  await accounts.useOwnerLink({ secret: await accounts.makeOwnerLink(), ...OWNER });
  // The accounts' library answers on the connection itself: it needs a real one.
  const address = await server.app.listen({ port: 0, host: "127.0.0.1" });
  let owner = await signIn(address, OWNER);
  const headers = () => ({ "x-assent": "1", "tus-resumable": "1.0.0", cookie: owner });
  const self: StaffServer = {
    test,
    server,
    accounts,
    get owner() {
      return owner;
    },
    address,
    async signInAgain() {
      owner = await signIn(address, OWNER);
    },
    ask: (method, path, { body, cookie = owner } = {}) =>
      server.app.inject({
        method,
        url: path,
        headers: { "x-assent": "1", ...(cookie === null ? {} : { cookie }) },
        ...(body === undefined ? {} : { payload: body }),
      }),
    async collection(name, more = {}) {
      const body = {
        name,
        purpose: "pictures of the day for those who were there",
        channels: [
          { name: "website", public: true },
          { name: "office", public: false },
        ],
        matching: "enrolled",
        retainUntil: new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10),
        attestation: "taken by us",
        ...more,
      };
      return (await self.ask("POST", "/api/staff/collections", { body })).json<{ id: string }>().id;
    },
    async upload(collection, file, name) {
      const bytes = typeof file === "string" ? await readFile(file) : file;
      const filename = name ?? (typeof file === "string" ? basename(file) : "photo.jpg");
      const metadata = Object.entries({ collection, filename }).map(
        ([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`,
      );
      const made = await fetch(`${address}/api/staff/uploads`, {
        method: "POST",
        headers: {
          ...headers(),
          "upload-length": String(bytes.length),
          "upload-metadata": metadata.join(","),
        },
      });
      if (made.status !== 201) return { status: made.status };
      const location = `${address}${new URL(made.headers.get("location") ?? "", address).pathname}`;
      const half = Math.ceil(bytes.length / 2);
      let answer = made;
      for (const [offset, piece] of [
        [0, bytes.subarray(0, half)],
        [half, bytes.subarray(half)],
      ] as const) {
        if (offset >= bytes.length) break;
        answer = await fetch(location, {
          method: "PATCH",
          headers: {
            ...headers(),
            "upload-offset": String(offset),
            "content-type": "application/offset+octet-stream",
          },
          body: new Uint8Array(piece),
        });
      }
      const ingested = answer.headers.get("x-assent-ingested");
      return ingested === null
        ? { status: answer.status }
        : (JSON.parse(decodeURIComponent(ingested)) as unknown);
    },
    async scanned(collection) {
      const url = `/api/staff/collections/${collection}/scan`;
      for (;;) {
        const state = (await self.ask("GET", url)).json<{ running: boolean; waiting: number }>();
        if (!state.running && state.waiting === 0) return;
      }
    },
    async close() {
      await server.close();
      await working.stop();
      await test.close();
    },
  };
  return self;
}

let clients = 0;

/** Each time as if from another address, so that the limit by address does not count. */
export async function signIn(
  address: string,
  { email, password }: { readonly email: string; readonly password: string },
  browser = "node",
): Promise<string> {
  const answer = await fetch(`${address}/api/auth/sign-in/email`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      origin: ORIGIN,
      "user-agent": browser,
      "x-forwarded-for": `192.0.2.${clients++ % 250}`,
    },
    body: JSON.stringify({ email, password }),
  });
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
}

/** Of the accounts' library, as the pages ask it; each time as if from another address. */
export async function asLibrary(
  { address }: Pick<StaffServer, "address">,
  path: string,
  body: object,
  cookie = "",
): Promise<{ readonly status: number; readonly cookie: string; readonly body: unknown }> {
  const answer = await fetch(`${address}/api/auth/${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      origin: ORIGIN,
      "x-forwarded-for": `192.0.2.${clients++ % 250}`,
      ...(cookie === "" ? {} : { cookie }),
    },
    body: JSON.stringify(body),
  });
  const set = answer.headers.getSetCookie().map((one) => one.split(";")[0]);
  const text = await answer.text();
  return { status: answer.status, cookie: set.join("; "), body: text === "" ? null : JSON.parse(text) };
}

/** Of an invitation that the owner hands over: the secret in its link. */
export async function invitationSecret(
  server: Pick<StaffServer, "ask">,
  role: Role,
  collection: string | null = null,
): Promise<string> {
  const answer = await server.ask("POST", "/api/staff/accounts/invitations", { body: { collection, role } });
  if (answer.statusCode !== 200) throw new Error(`no invitation was made: ${answer.body}`);
  return answer.json<{ link: string }>().link.split("#")[1] ?? "";
}

/** Somebody who came by an invitation with a role, in the whole instance or in one collection, and is signed in by `PASSWORD`. */
export async function colleague(
  server: StaffServer,
  role: Role,
  { collection = null, name = `${role} ${newId()}` }: { collection?: string | null; name?: string } = {},
): Promise<{ readonly id: string; readonly name: string; readonly email: string; readonly cookie: string }> {
  const secret = await invitationSecret(server, role, collection);
  const order = { name, email: `${newId()}@example.org`, password: PASSWORD };
  const body = { secret, ...order };
  const made = await server.ask("POST", "/api/staff/invitation", { body, cookie: null });
  if (made.statusCode !== 200) throw new Error(`no account was made: ${made.body}`);
  const { rows } = await sql<{ id: string }>`select id from auth."user" where email = ${order.email}`.execute(
    server.test.instance.db,
  );
  const cookie = await signIn(server.address, order);
  return { id: rows[0]?.id ?? "", name, email: order.email, cookie };
}

/** Every route of a server, read from the tree that Fastify prints. */
export function routesOf(server: TestServer): readonly { readonly method: string; readonly url: string }[] {
  const path: string[] = [];
  return server.app
    .printRoutes({ commonPrefix: false })
    .split("\n")
    .flatMap((line) => {
      const [, before = "", label = "", methods = ""] = /^(.*?)── (\S+)(?: \(([^)]*)\))?/.exec(line) ?? [];
      if (label === "") return [];
      path.length = Math.floor(before.length / 4);
      path.push(label);
      const url = path.join("");
      return methods === "" ? [] : methods.split(", ").map((method) => ({ method, url }));
    });
}
