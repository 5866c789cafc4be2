import { createServer as createHttpServer } from "node:http";
import { request as httpsRequest } from "node:https";
import { createServer as createNetServer } from "node:net";
import { Type } from "@fastify/type-provider-typebox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openEventStream } from "../src/http/event-stream.ts";
import { PROBLEMS } from "../src/http/problem.ts";
import { testServer, type TestServer } from "../src/http/test-server.testing.ts";
import { testInstance, type TestInstance } from "./support/instance.ts";
import { caddyPath, freePort, startProxy, type Proxy } from "./support/proxy.ts";

const HOST = "photos.assent.test";
/** What a guest asks for may say who they are. */
const ASKED = "/planted/of-a-guest-nobody-names";
/** Larger than what any proxy keeps by default, and than the server takes as JSON. */
const PIECE_BYTES = 4_000_000;

interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  /** Whether enough of the answer has come. */
  readonly heard?: (text: string) => boolean;
  readonly to?: number;
  readonly from?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

describe.skipIf(caddyPath === undefined)("behind the proxy that the project comes with", () => {
  let test_: TestInstance;
  let server: TestServer;
  let proxy: Proxy;
  let port: number;
  let upstream: number;
  const events: { tell?: (n: number) => void; ended?: boolean } = {};
  let received = 0;

  beforeAll(async () => {
    test_ = await testInstance();
    [port, upstream] = [await freePort(), await freePort()];
    const publicUrl = new URL(`https://${HOST}:${port}`);
    server = await testServer(
      test_.instance,
      { publicUrl, proxies: ["uniquelocal", "loopback"] },
      (app, context) => {
        const schema = { response: { "2xx": Type.Null(), ...PROBLEMS } };
        app.post("/planted", { schema, config: { limit: "secret" } }, async (_, reply) =>
          reply.code(204).send(null),
        );
        const said = Type.Object({ n: Type.Number() });
        app.get(
          "/planted/events",
          { schema: { response: { "2xx": Type.String(), ...PROBLEMS } } },
          async (request, reply) => {
            const stream = openEventStream(request, reply, context.stopping, { one: said });
            events.tell = (n) => stream.send("one", { n });
            stream.closed.addEventListener("abort", () => (events.ended = true));
            return reply;
          },
        );
        app.addContentTypeParser(
          "application/offset+octet-stream",
          async (_request: unknown, body: AsyncIterable<Buffer>) => {
            for await (const piece of body) received += piece.length;
            return null;
          },
        );
        app.patch("/planted/piece", { schema, bodyLimit: 2 * PIECE_BYTES }, async (_, reply) =>
          reply.code(204).send(null),
        );
      },
    );
    await server.app.listen({ host: "127.0.0.1", port: upstream });
    proxy = await startProxy(HOST, port, `127.0.0.1:${upstream}`);
  });
  afterAll(async () => {
    await proxy?.close();
    await server.close();
    await test_.close();
  });

  function ask(
    method: string,
    path: string,
    { headers = {}, body, heard, to = port, from = "127.0.0.1" }: Asked = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asking = httpsRequest(
        {
          ...{
            host: "127.0.0.1",
            localAddress: from,
            port: to,
            servername: HOST,
            rejectUnauthorized: false,
            method,
            path,
          },
          headers: { host: `${HOST}:${to}`, "x-assent": "1", ...headers },
        },
        (answer) => {
          let text = "";
          const done = (): void =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
          answer.setEncoding("utf8");
          answer.on("data", (chunk: string) => {
            text += chunk;
            if (heard?.(text) !== true) return;
            done();
            asking.destroy();
          });
          // Whole, or cut off.
          answer.on("error", done);
          answer.on("end", done);
        },
      );
      asking.on("error", reject);
      asking.end(body);
    });
  }

  test("a page comes with its own policy, and promises https", async () => {
    const page = await ask("GET", "/");
    expect([page.status, page.body]).toEqual([200, expect.stringContaining("<title>person")]);
    expect(page.headers["strict-transport-security"]).toMatch(/^max-age=/);
  });

  test("an event arrives while the stream goes on, which ends with its reader", async () => {
    const first = await ask("GET", "/planted/events", {
      heard: (text) => {
        if (!text.includes("data:")) events.tell?.(1);
        return text.includes('data: {"n":1}');
      },
    });
    expect(first.headers["content-type"]).toBe("text/event-stream");
    // The reader has gone: the server hears of it.
    await vi.waitFor(() => expect(events.ended).toBe(true), { timeout: 10_000 });
  });

  test("a piece of an upload passes whole, and one above the server's limit is refused by the server", async () => {
    const headers = { "content-type": "application/offset+octet-stream" };
    expect((await ask("PATCH", "/planted/piece", { headers, body: Buffer.alloc(PIECE_BYTES) })).status).toBe(
      204,
    );
    expect(received).toBe(PIECE_BYTES);
    const json = { "content-type": "application/json" };
    const large = await ask("POST", "/planted", { headers: json, body: Buffer.alloc(300_000, " ") });
    expect([large.status, large.body]).toEqual([413, expect.stringContaining('"code"')]);
  });

  test("a page of another site changes nothing", async () => {
    for (const origin of ["https://evil.example", `http://${HOST}:${port}`]) {
      expect((await ask("POST", "/planted", { headers: { origin } })).status).toBe(403);
    }
    const own = { origin: `https://${HOST}:${port}`, "sec-fetch-site": "same-origin" };
    expect((await ask("POST", "/planted", { headers: own })).status).toBe(204);
  });

  test("a visitor is counted by their address, whatever they say of it", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 31; n++) {
      statuses.push(
        (await ask("POST", "/planted", { headers: { "x-forwarded-for": `192.0.2.${n}` } })).status,
      );
    }
    expect(statuses.at(-1)).toBe(429);
    expect((await ask("POST", "/planted", { from: "127.0.0.2" })).status).toBe(204);
  });

  test("streams that are open do not keep it from ending", async () => {
    const own = await freePort();
    const other = await startProxy(HOST, own, `127.0.0.1:${upstream}`);
    let open = false;
    const reading = ask("GET", "/planted/events", {
      to: own,
      heard: (text) => {
        if (!text.includes("data:")) events.tell?.(1);
        open ||= text.includes("data:");
        return false;
      },
    }).catch(() => undefined);
    await vi.waitFor(() => expect(open).toBe(true));
    await other.close();
    await reading;
  }, 30_000);

  test("an error is told without who asked for what", async () => {
    const broken = createNetServer((socket) => socket.destroy());
    const at = await freePort();
    await new Promise<void>((resolve) => broken.listen(at, "127.0.0.1", resolve));
    const own = await freePort();
    const other = await startProxy(HOST, own, `127.0.0.1:${at}`);
    try {
      expect((await ask("POST", ASKED, { to: own })).status).toBe(502);
      await vi.waitFor(() => expect(other.lines.join("\n")).toContain("http.log.error"));
      expect(other.lines.join("\n")).not.toMatch(/of-a-guest|remote_ip|user-agent/i);
    } finally {
      await other.close();
      await new Promise((resolve) => broken.close(resolve));
    }
  });

  test("whoever asks while the server starts again waits for it", async () => {
    const [own, at] = [await freePort(), await freePort()];
    const other = await startProxy(HOST, own, `127.0.0.1:${at}`, "debug");
    const late = createHttpServer((_, reply) => reply.writeHead(204).end());
    try {
      const answer = ask("POST", "/", { to: own });
      await vi.waitFor(() => expect(other.lines.join("\n")).toContain("connection refused"), {
        timeout: 10_000,
      });
      await new Promise<void>((resolve) => late.listen(at, "127.0.0.1", resolve));
      expect((await answer).status).toBe(204);
    } finally {
      await other.close();
      late.close();
    }
  });
});
