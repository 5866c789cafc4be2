import { Type } from "@fastify/type-provider-typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { AssentError, ERROR_CODES } from "../core/index.ts";
import { openEventStream } from "./event-stream.ts";
import { PROBLEMS, toProblem } from "./problem.ts";
import { requireResponseSchemas, strictValidator } from "./strict-schemas.ts";
import { testServer, type TestServer } from "./test-server.testing.ts";

let instance: TestInstance;
let server: TestServer;

beforeAll(async () => {
  instance = await testInstance();
  server = await testServer(instance.instance);
});
afterAll(async () => {
  await server.close();
  await instance.close();
});

describe("every answer", () => {
  test("carries a policy without inline scripts and frames, the camera for ourselves alone, and no cache", async () => {
    const { headers } = await server.ask("GET", "/healthz");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers["permissions-policy"]).toContain("camera=(self)");
    expect(headers["permissions-policy"]).toContain("geolocation=()");
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-robots-tag": expect.stringContaining("noindex") as string,
    });
    expect(headers["strict-transport-security"]).toMatch(/^max-age=\d{8}$/);
  });

  test("promises https only where there is https", async () => {
    const plain = await testServer(instance.instance, { publicUrl: new URL("http://localhost:8080") });
    const { headers } = await plain.ask("GET", "/healthz");
    expect(headers["strict-transport-security"]).toBeUndefined();
    expect(headers["content-security-policy"]).not.toContain("upgrade-insecure-requests");
    await plain.close();
  });
});

describe("a problem", () => {
  test.each(ERROR_CODES)("of the code %s has a status, and speaks of our own failures to nobody", (code) => {
    const answer = toProblem(new AssentError(code, "/srv/data is full", { remedy: "Clean /srv/data." }));
    expect(answer.code).toBe(code);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.title.length).toBeGreaterThan(4);
    // That an instance is suspended is for everybody to know, and what it says is written for them.
    expect(JSON.stringify(answer).includes("/srv/data")).toBe(answer.status < 500 || code === "suspended");
  });

  test.each([
    ["an error of the language", new TypeError("cannot read e-mail of anna@example.org")],
    [
      "an error of the database",
      Object.assign(new Error("Key (name)=(Anna)"), { code: "23505", detail: "Anna" }),
    ],
    ["a text", "Anna"],
    ["an error that claims a status", Object.assign(new Error("Anna"), { statusCode: 418 })],
  ])("made of %s is internal and leaks nothing", (_, thrown) => {
    const answer = toProblem(thrown);
    expect(answer).toMatchObject({ status: 500, code: "internal" });
    expect(JSON.stringify(answer).toLowerCase()).not.toContain("anna");
  });

  test("of an unknown address is 404, as application/problem+json, and does not repeat the address", async () => {
    const answer = await server.ask("GET", "/api/person/anna?secret=abcdef");
    expect(answer.statusCode).toBe(404);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.json()).toMatchObject({ code: "not-found", status: 404 });
    expect(answer.body).not.toMatch(/anna|abcdef/);
  });
});

describe("routes", () => {
  const ok = Type.Object({ a: Type.String() });
  test.each([
    ["no schema", undefined],
    ["no schema for its own errors", { response: { "2xx": ok, "4xx": ok } }],
    ["a schema for one status alone", { response: { 200: ok, ...PROBLEMS } }],
    ["a schema for one status more", { response: { "2xx": ok, 201: ok, ...PROBLEMS } }],
    [
      "a schema that takes any field",
      { response: { "2xx": Type.Object({}, { additionalProperties: true }), ...PROBLEMS } },
    ],
    [
      "a field that takes anything, deep inside",
      {
        response: { "2xx": Type.Object({ list: Type.Array(Type.Object({ it: Type.Any() })) }), ...PROBLEMS },
      },
    ],
  ])("with %s for their answers are refused at the start", (_, schema) => {
    const route = { method: "GET", url: "/leak", schema, path: "/leak", routePath: "/leak", prefix: "" };
    expect(() => requireResponseSchemas(route as never)).toThrow(/^GET \/leak /);
  });

  test("take bodies as they are: unknown fields, other types and left-out fields are refused", () => {
    const schema = Type.Object({
      n: Type.Integer(),
      inside: Type.Optional(Type.Object({ a: Type.String() })),
      either: Type.Optional(Type.Union([Type.Object({ k: Type.Literal("a") }), Type.Null()])),
    });
    const check = strictValidator({ schema, method: "POST", url: "/", httpPart: "body" }) as (
      body: unknown,
    ) => unknown;
    const takes = (body: unknown): boolean => {
      const answer = check(body) as true | { error?: unknown } | undefined;
      return answer === true || (typeof answer === "object" && answer.error === undefined);
    };
    expect(takes({ n: 1 })).toBe(true);
    expect(takes({ n: 1, inside: { a: "x" }, either: { k: "a" } })).toBe(true);
    expect(takes({ n: "1" })).toBe(false);
    expect(takes({ n: 1, more: 1 })).toBe(false);
    expect(takes({ n: 1, inside: { a: "x", more: 1 } })).toBe(false);
    expect(takes({ n: 1, either: { k: "a", more: 1 } })).toBe(false);
    expect(takes({})).toBe(false);
  });
});

describe("what a route lets out", () => {
  const shown = Type.Object({ a: Type.String() });
  const row = { a: "shown", secret: "LEAK" };
  let planted: TestServer;
  beforeAll(async () => {
    planted = await testServer(instance.instance, {}, (app) => {
      const schema = { response: { "2xx": shown, ...PROBLEMS } };
      app.get("/planted/200", { schema }, async () => row as never);
      app.get("/planted/201", { schema }, async (_, reply) => reply.code(201).send(row as never));
      app.get("/planted/text", { schema }, async (_, reply) =>
        reply.type("application/json").send(JSON.stringify(row) as never),
      );
      app.get("/planted/404", { schema }, async (_, reply) => reply.code(404).send(row as never));
      app.get("/planted/broken", { schema }, async () => {
        throw new Error("LEAK of Anna");
      });
      app.get(
        "/planted/events",
        { schema: { response: { "2xx": Type.String(), ...PROBLEMS } } },
        async (request, reply) => {
          const stream = openEventStream(request, reply, new AbortController().signal, { one: shown });
          stream.send("one", row);
          stream.end();
          return reply;
        },
      );
    });
  });
  afterAll(() => planted.close());

  test.each(["200", "201"])("is what its schema names, also with status %s", async (status) => {
    const answer = await planted.ask("GET", `/planted/${status}`);
    expect([answer.statusCode, answer.json()]).toEqual([Number(status), { a: "shown" }]);
  });

  test.each(["text", "404", "broken"])("is nothing where the schema was gone past: %s", async (which) => {
    const answer = await planted.ask("GET", `/planted/${which}`);
    expect(answer.statusCode).toBeGreaterThanOrEqual(404);
    expect(answer.body).not.toContain("LEAK");
    expect(planted.lines.join("")).not.toMatch(/LEAK|Anna/);
  });

  test("in events goes through the schema as well", async () => {
    const answer = await planted.ask("GET", "/planted/events");
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    expect(answer.body).toContain('event: one\ndata: {"a":"shown"}\n\n');
    expect(answer.body).not.toContain("LEAK");
  });
});

describe("a request that changes something", () => {
  let planted: TestServer;
  let done = 0;
  beforeAll(async () => {
    planted = await testServer(instance.instance, {}, (app) => {
      const schema = { response: { "2xx": Type.Null(), ...PROBLEMS } };
      for (const method of ["POST", "PUT", "DELETE"] as const) {
        app.route({
          method,
          url: "/planted",
          schema,
          handler: async (_, reply) => (done++, reply.code(204).send(null)),
        });
      }
    });
  });
  afterAll(() => planted.close());

  test.each(["POST", "PUT", "DELETE"] as const)(
    "by %s needs the header that other sites cannot send",
    async (method) => {
      const before = done;
      const bare = await planted.app.inject({ method, url: "/planted" });
      expect([bare.statusCode, bare.json()]).toMatchObject([403, { code: "refused" }]);
      expect(done).toBe(before);
      expect((await planted.ask(method, "/planted")).statusCode).toBe(204);
      expect(done).toBe(before + 1);
    },
  );

  test.each([
    ["another site's origin", { origin: "https://evil.example" }],
    ["the same host by http", { origin: "http://photos.example.org" }],
    ["a hidden origin", { origin: "null" }],
    ["a sister's page", { "sec-fetch-site": "same-site" }],
    ["another site's page", { "sec-fetch-site": "cross-site" }],
  ])("is refused with %s", async (_, headers) => {
    const before = done;
    const answer = await planted.ask("POST", "/planted", { headers });
    expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: "refused" }]);
    expect(done).toBe(before);
  });

  test("comes from our own origin", async () => {
    const headers = { origin: "https://photos.example.org", "sec-fetch-site": "same-origin" };
    expect((await planted.ask("POST", "/planted", { headers })).statusCode).toBe(204);
  });

  test("may come by any name of this machine where the server is for this machine", async () => {
    const local = await testServer(
      instance.instance,
      { publicUrl: new URL("http://localhost:8080") },
      (app) => {
        const schema = { response: { "2xx": Type.Null(), ...PROBLEMS } };
        app.post("/planted", { schema }, async (_, reply) => reply.code(204).send(null));
      },
    );
    const from = async (origin: string): Promise<number> =>
      (await local.ask("POST", "/planted", { headers: { origin } })).statusCode;
    expect(await from("http://127.0.0.1:8080")).toBe(204);
    expect(await from("http://localhost:8081")).toBe(403);
    expect(await from("http://localhost.evil.example:8080")).toBe(403);
    await local.close();
  });
});

describe("who asks too often", () => {
  let planted: TestServer;
  beforeAll(async () => {
    planted = await testServer(instance.instance, {}, (app) => {
      const schema = { response: { "2xx": Type.Null(), ...PROBLEMS } };
      app.post("/planted", { config: { limit: "secret" }, schema }, async (_, reply) =>
        reply.code(204).send(null),
      );
    });
  });
  afterAll(() => planted.close());
  const tries = async (n: number, options: Parameters<TestServer["ask"]>[2]): Promise<number[]> => {
    const statuses: number[] = [];
    for (let i = 0; i < n; i++) statuses.push((await planted.ask("POST", "/planted", options)).statusCode);
    return statuses;
  };

  test("from one address is refused with 429 and told when to come back; others are not", async () => {
    const statuses = await tries(31, { from: "198.51.100.7" });
    expect(statuses.slice(0, 30).every((status) => status === 204)).toBe(true);
    expect(statuses[30]).toBe(429);
    const refused = await planted.ask("POST", "/planted", { from: "198.51.100.7" });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(3000);
    expect(refused.json()).toMatchObject({ code: "too-often" });
    expect(await tries(1, { from: "198.51.100.8" })).toEqual([204]);
  });

  test("from one device is refused earlier, also where the address changes; made-up devices do not help", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++)
      statuses.push(...(await tries(1, { cookie: "device-one", from: `203.0.113.${n}` })));
    expect(statuses).toEqual([...Array<number>(10).fill(204), 429]);
    const invented: number[] = [];
    for (let n = 0; n < 31; n++)
      invented.push(...(await tries(1, { cookie: `made-up-${n}`, from: "203.0.113.99" })));
    expect(invented.filter((status) => status === 429)).toHaveLength(1);
  });

  test("by IPv6 is counted by the network that one household is given", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 31; n++)
      statuses.push(...(await tries(1, { from: `2001:db8:1:2::${n.toString(16)}` })));
    expect(statuses.at(-1)).toBe(429);
  });

  test("behind a proxy that is believed is told apart by what the proxy says, and by nobody else's word", async () => {
    const by = (address: string, said: string) => ({ from: address, headers: { "x-forwarded-for": said } });
    for (let n = 0; n < 31; n++) await tries(1, by("127.0.0.1", "192.0.2.1"));
    expect(await tries(1, by("127.0.0.1", "192.0.2.1"))).toEqual([429]);
    expect(await tries(1, by("127.0.0.1", "192.0.2.2"))).toEqual([204]);
    expect(await tries(1, by("192.0.2.1", "192.0.2.3"))).toEqual([429]);
  });
});

describe("the pages", () => {
  test.each([
    ["/", "person"],
    ["/join", "person"],
    ["/me", "person"],
    ["/me/photos", "person"],
    ["/verify", "person"],
    ["/receipt", "person"],
    ["/hide-me", "person"],
    ["/staff", "staff"],
    ["/staff/collections/1", "staff"],
  ])("are at %s the %s's app, and asked for anew each time", async (url, app) => {
    const answer = await server.ask("GET", url);
    expect([answer.statusCode, answer.headers["cache-control"]]).toEqual([200, "no-cache"]);
    expect(answer.headers["content-type"]).toContain("text/html");
    expect(answer.body).toContain(`<title>${app}</title>`);
    expect((await server.ask("HEAD", url)).statusCode).toBe(200);
    expect((await server.ask("POST", url)).statusCode).toBe(404);
  });

  test("have files that never change, and nothing beside them can be read", async () => {
    const file = await server.ask("GET", "/assets/app-12345678.js");
    expect(file.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(file.headers["content-type"]).toContain("javascript");
    for (const url of [
      "/assets/none.js",
      "/assets/../person/index.html",
      "/assets/%2e%2e/person/index.html",
      "/assets/",
    ]) {
      const answer = await server.ask("GET", url);
      expect([url, answer.statusCode]).toEqual([url, 404]);
      expect(answer.headers["cache-control"]).not.toContain("immutable");
    }
  });

  test("that are not built say how to build them", async () => {
    const bare = await testServer(instance.instance, { webFolder: "/nowhere/at/all" });
    const answer = await bare.ask("GET", "/join");
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain("npm run build");
    await bare.close();
  });

  test("are nothing for search engines", async () => {
    expect((await server.ask("GET", "/robots.txt")).body).toContain("Disallow: /");
  });
});

describe("the log", () => {
  test("says method, pattern, status and time of a request, and neither its address, its query nor where it came from", async () => {
    const before = server.lines.length;
    await server.ask("GET", "/me/anna-was-here?secret=abcdef", {
      from: "198.51.100.77",
      headers: { "user-agent": "a phone of Anna's", "x-forwarded-for": "203.0.113.5" },
    });
    await expect.poll(() => server.lines.length).toBe(before + 1);
    const line = server.lines.at(-1) ?? "";
    expect(JSON.parse(line)).toEqual({
      level: "info",
      time: expect.any(String) as string,
      request: expect.any(String) as string,
      method: "GET",
      route: "/me/*",
      status: 200,
      ms: expect.any(Number) as number,
      msg: "answered",
    });
    expect(line).not.toMatch(/anna|abcdef|198\.51|203\.0|phone/i);
  });
});

describe("for those who watch and those who check", () => {
  test("the server says that it is up, and by which keys it signs: their public halves and nothing else", async () => {
    expect((await server.ask("GET", "/healthz")).json()).toEqual({ status: "up" });
    const { keys } = (await server.ask("GET", "/.well-known/assent-keys.json")).json<{ keys: object[] }>();
    const known = await instance.instance.keys.publicKeys();
    expect(keys.length).toBe(known.length);
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "since", "use", "x"]);
    }
  });
});

describe("what is watched", () => {
  const token = "a token that nobody guesses";
  const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

  test("is counted by route, never by address or person, and read with the token alone", async () => {
    let warm = false;
    const watched = await testServer(instance.instance, { metricsToken: token, warm: () => warm });
    await watched.ask("GET", "/api/no/such/place?name=anna");
    await watched.ask("POST", "/api/person/open", { body: { invitation: "abcdefgh" }, from: "203.0.113.9" });
    expect((await watched.ask("GET", "/readyz")).statusCode).toBe(503);
    warm = true;
    expect((await watched.ask("GET", "/readyz")).json()).toEqual({ status: "ready" });
    for (const wrong of [{}, bearer("another"), bearer(`${token}!`), { headers: { authorization: token } }]) {
      expect((await watched.ask("GET", "/metrics", wrong)).statusCode).toBe(404);
    }
    const { body, headers } = await watched.ask("GET", "/metrics", bearer(token));
    expect(headers["content-type"]).toContain("text/plain");
    expect(body).toContain('assent_http_requests_total{method="GET",route="none",status="404"} 1');
    expect(body).toContain(
      'assent_http_requests_total{method="POST",route="/api/person/open",status="404"} 1',
    );
    expect(body).toMatch(/^assent_pending_overdue_seconds \d/m);
    for (const name of ["photos_waiting", "pending", "erasures_unfinished", "log_unsequenced", "suspended"]) {
      expect(body).toMatch(new RegExp(`^assent_${name} \\d+$`, "m"));
    }
    expect(body).not.toMatch(/anna|203\.0|abcdefgh/);
    await watched.close();
  });

  test("without a token there is no such page", async () => {
    expect((await server.ask("GET", "/metrics", bearer(""))).statusCode).toBe(404);
  });
});

describe("closing", () => {
  test("ends the streams of events, and lets a running request finish", async () => {
    const started = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const closing = await testServer(instance.instance, {}, (app, { stopping }) => {
      const schema = { response: { "2xx": Type.Object({ a: Type.String() }), ...PROBLEMS } };
      app.get("/planted/slow", { schema }, async () => {
        started.resolve();
        await held.promise;
        return { a: "finished" };
      });
      app.get(
        "/planted/events",
        { schema: { response: { "2xx": Type.String(), ...PROBLEMS } } },
        async (request, reply) => {
          openEventStream(request, reply, stopping, {}).closed.addEventListener("abort", () =>
            held.resolve(),
          );
          return reply;
        },
      );
    });
    const address = await closing.app.listen({ port: 0, host: "127.0.0.1" });
    const slow = fetch(`${address}/planted/slow`);
    await started.promise;
    const events = await fetch(`${address}/planted/events`);
    await closing.close();
    expect(await (await slow).json()).toEqual({ a: "finished" });
    expect(await events.text()).toMatch(/^retry: \d+\n\n$/);
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  });
});
