import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { makeCertificate } from "../../test/support/certificate.ts";
import { openReceiver, type Receiver } from "../../test/support/receiver.ts";
import { mayReach, reachOf } from "./addresses.ts";
import { createPost, type PostOrder } from "./post.ts";

let receiver: Receiver;
beforeAll(async () => {
  receiver = await openReceiver();
});
afterEach(() => receiver.clear());
afterAll(() => receiver.close());

const order = (url: string, part: Partial<PostOrder> = {}): PostOrder => ({
  url,
  headers: { "webhook-id": "msg_1" },
  body: '{"type":"test"}',
  allowPrivate: true,
  ...part,
});

describe("where a message may go", () => {
  test.each([
    ["8.8.8.8", "public"],
    ["2a00:1450:4007:80e::200e", "public"],
    ["127.0.0.1", "private"],
    ["127.8.8.8", "private"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["::1", "private"],
    ["fd12:3456::1", "private"],
    ["fc00::1", "private"],
    ["0.0.0.0", "never"],
    ["169.254.169.254", "never"],
    ["169.254.0.1", "never"],
    ["100.100.100.200", "never"],
    ["168.63.129.16", "never"],
    ["fd00:ec2::254", "never"],
    ["224.0.0.1", "never"],
    ["255.255.255.255", "never"],
    ["192.0.2.1", "never"],
    ["::", "never"],
    ["fe80::1", "never"],
    ["fe80::1%eth0", "never"],
    ["ff02::1", "never"],
    ["::ffff:127.0.0.1", "never"],
    ["::ffff:8.8.8.8", "never"],
    ["64:ff9b::7f00:1", "never"],
    ["2002:7f00:1::", "never"],
    ["2001:db8::1", "never"],
    ["localhost", "never"],
    ["", "never"],
  ])("%s is %s", (address, reach) => {
    expect(reachOf(address)).toBe(reach);
    expect(mayReach(address, false)).toBe(reach === "public");
    expect(mayReach(address, true)).toBe(reach !== "never");
  });

  test.each([
    "http://127.0.0.1:PORT/",
    "http://0x7f.1:PORT/",
    "http://2130706433:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://localhost:PORT/",
    "http://0.0.0.0:PORT/",
  ])("%s is not asked unless an owner allows this network", async (url) => {
    const post = createPost();
    const asked = await post(order(url.replace("PORT", String(receiver.port)), { allowPrivate: false }));
    expect(asked).toMatchObject({ status: null, failure: "address" });
    expect(receiver.received).toEqual([]);
  });

  test("without encryption nothing goes out of this network, not even where that is allowed", async () => {
    const post = createPost(() => Promise.resolve([{ address: "8.8.8.8", family: 4 }]));
    expect(await post(order("http://example.org/"))).toMatchObject({ failure: "address" });
  });

  test("a name is resolved once: what it leads to afterwards does not count, and one bad address is enough", async () => {
    let asked = 0;
    const turning = createPost(() =>
      Promise.resolve([
        asked++ === 0 ? { address: "127.0.0.1", family: 4 } : { address: "10.0.0.1", family: 4 },
      ]),
    );
    const url = `http://rebound.example:${receiver.port}/`;
    expect(await turning(order(url))).toMatchObject({ status: 204 });
    expect(asked).toBe(1);
    // The name itself leads nowhere: the connection went to the address that was checked, under the name.
    expect(receiver.received[0]?.headers.host).toBe(`rebound.example:${receiver.port}`);
    receiver.clear();
    const mixed = createPost(() =>
      Promise.resolve([
        { address: "127.0.0.1", family: 4 },
        { address: "169.254.169.254", family: 4 },
      ]),
    );
    expect(await mixed(order(url))).toMatchObject({ failure: "address" });
    expect(receiver.received).toEqual([]);
    const nowhere = createPost(() => Promise.reject(new Error("ENOTFOUND")));
    expect(await nowhere(order(url))).toMatchObject({ failure: "name" });
  });
});

describe("an answer", () => {
  const post = createPost();

  test("that leads elsewhere is not followed", async () => {
    receiver.answer(
      (_, response) => void response.writeHead(302, { location: `${receiver.url}/else` }).end(),
    );
    expect(await post(order(receiver.url))).toMatchObject({ status: 302, failure: null });
    expect(receiver.received).toHaveLength(1);
  });

  test("without an end is read for a thousand bytes and left", async () => {
    const bytes = (count: number): Promise<void> =>
      new Promise((closed) => {
        receiver.answer((_, response) => {
          response.once("close", closed);
          response.writeHead(200).write("x".repeat(count));
        });
      });
    // So many are not too many: more is waited for, until the limit.
    const waited = bytes(1024);
    expect(await createPost(undefined, 500)(order(receiver.url))).toMatchObject({ failure: "time" });
    await waited;
    // One more, and the rest is not waited for: whoever read on would wait until the limit.
    const left = bytes(1025);
    expect(await post(order(receiver.url))).toMatchObject({ status: 200, failure: null });
    await left;
  });

  test("may ask to be left alone, in seconds or until a time", async () => {
    const after = (value: string) =>
      receiver.answer((_, response) => void response.writeHead(503, { "retry-after": value }).end());
    after("120");
    expect((await post(order(receiver.url))).retryAfterMs).toBe(120_000);
    after(new Date(Date.now() + 60_000).toUTCString());
    expect((await post(order(receiver.url))).retryAfterMs).toBeGreaterThan(50_000);
    after("soon");
    expect((await post(order(receiver.url))).retryAfterMs).toBeNull();
  });

  test("that never comes ends after the limit", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    try {
      const hasty = createPost(undefined, 200);
      expect(await hasty(order(`http://127.0.0.1:${port}/`))).toMatchObject({
        status: null,
        failure: "time",
      });
    } finally {
      silent.close();
    }
  });
});

test("over https the certificate is checked, against the name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "assent-post-"));
  const made = makeCertificate(folder, "hooks.example");
  const secure = await openReceiver({ cert: readFileSync(made.certificate), key: readFileSync(made.key) });
  const before = getCACertificates("default");
  const post = createPost(() => Promise.resolve([{ address: "127.0.0.1", family: 4 }]));
  try {
    const url = (host: string) => `https://${host}:${secure.port}/`;
    expect(await post(order(url("hooks.example")))).toMatchObject({ status: null, failure: "certificate" });
    setDefaultCACertificates([...before, readFileSync(made.authority, "utf8")]);
    expect(await post(order(url("hooks.example")))).toMatchObject({ status: 204, failure: null });
    expect(await post(order(url("others.example")))).toMatchObject({ status: null, failure: "certificate" });
    expect(secure.received).toHaveLength(1);
  } finally {
    setDefaultCACertificates(before);
    await secure.close();
    await rm(folder, { recursive: true, force: true });
  }
});
