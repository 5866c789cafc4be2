import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { askProvider } from "./ask-provider.ts";

/** What is answered by a path. */
const ANSWERS: Readonly<Record<string, RequestListener>> = {
  "/good": (_, response) => response.end('{"a":1}'),
  "/moved": (_, response) => response.writeHead(302, { location: "/good" }).end('{"a":1}'),
  "/most": (_, response) => response.end(`{"a":"${"x".repeat(MOST - 8)}"}`),
  "/more": (_, response) => response.end(`{"a":"${"x".repeat(MOST - 7)}"}`),
  "/failed": (_, response) => response.writeHead(500).end('{"a":1}'),
  "/words": (_, response) => response.end("good morning"),
  "/number": (_, response) => response.end("1"),
};
const MOST = 1_000_000;

const asked: string[] = [];
let provider: Server;
let address: string;
beforeAll(async () => {
  provider = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    // Any other begins an answer and never ends it.
    if (ANSWERS[path]) ANSWERS[path](request, response);
    else response.write("{");
    provider.emit("asked", path);
  }).listen(0, "127.0.0.1");
  await once(provider, "listening");
  address = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
});
afterEach(() => {
  asked.length = 0;
  vi.restoreAllMocks();
});

const ask = (path: string) => askProvider(new URL(path, address));

test("what it answers is read, up to a million bytes", async () => {
  expect(await ask("/good")).toEqual({ a: 1 });
  expect(await ask("/most")).toHaveProperty("a");
  await expect(ask("/more")).rejects.toMatchObject({ code: "refused" });
});

test("where it sends us on, we do not go", async () => {
  await expect(ask("/moved")).rejects.toMatchObject({ code: "refused" });
  expect(asked).toEqual(["/moved"]);
});

test.each(["/failed", "/words", "/number"])("%s is no answer, and nothing of it is said", async (path) => {
  const error: unknown = await ask(path).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "refused" });
  expect(String(error)).not.toMatch(/good morning|127\.0\.0\.1/);
});

test("one that begins to answer and does not end is left when its time is over", async () => {
  const clock = new AbortController();
  // The time is ours to end here; that there is one, and which, is what is asked of the platform.
  const limit = vi.spyOn(AbortSignal, "timeout").mockReturnValue(clock.signal);
  const answer = expect(ask("/never")).rejects.toMatchObject({ code: "refused" });
  await once(provider, "asked");
  clock.abort();
  await answer;
  expect(limit.mock.calls).toEqual([[10_000]]);
});

test("nothing goes out in the clear, but on this machine", async () => {
  const out = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("not in a test"));
  for (const url of [
    "http://sign-in.example.org/",
    "http://127.0.0.1.example.org/",
    "http://localhost.example.org/",
    "http://192.0.2.1/",
    "ftp://127.0.0.1/",
    "file:///etc/hostname",
  ]) {
    await expect(askProvider(new URL(url))).rejects.toMatchObject({ code: "refused" });
  }
  expect(out).not.toHaveBeenCalled();
  for (const url of [
    "https://sign-in.example.org/",
    "http://localhost/",
    "http://127.0.0.1/",
    "http://[::1]/",
  ]) {
    await expect(askProvider(new URL(url))).rejects.toMatchObject({ code: "refused" });
  }
  expect(out).toHaveBeenCalledTimes(4);
});
