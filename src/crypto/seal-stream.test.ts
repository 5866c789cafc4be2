import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  createStreamOpener,
  createStreamSealer,
  newStreamSalt,
  SEALED_CHUNK,
  STREAM_CHUNK,
  streamKey,
} from "./index.ts";

const secret = randomBytes(32);
const salt = newStreamSalt();
const key = (context = "a test"): Uint8Array => streamKey(secret, salt, context);

function sealed(plain: Uint8Array): Uint8Array[] {
  const sealer = createStreamSealer(key());
  const chunks: Uint8Array[] = [];
  for (let at = 0; ; at += STREAM_CHUNK) {
    const last = at + STREAM_CHUNK >= plain.length;
    chunks.push(sealer.seal(plain.subarray(at, at + STREAM_CHUNK), last));
    if (last) break;
  }
  sealer.close();
  return chunks;
}

function opened(chunks: readonly Uint8Array[], withKey = key()): Buffer {
  const opener = createStreamOpener(withKey);
  return Buffer.concat(chunks.map((chunk, i) => opener.open(chunk, i === chunks.length - 1)));
}

describe("a sealed stream", () => {
  test.each([0, 1, STREAM_CHUNK - 1, STREAM_CHUNK, STREAM_CHUNK + 1, 3 * STREAM_CHUNK + 7])(
    "gives back %i bytes",
    (size) => {
      const plain = randomBytes(size);
      const chunks = sealed(plain);
      for (const chunk of chunks.slice(0, -1)) expect(chunk.length).toBe(SEALED_CHUNK);
      expect(opened(chunks).equals(plain)).toBe(true);
    },
  );

  test("does not open without its end, and says that the end is missing", () => {
    const chunks = sealed(randomBytes(3 * STREAM_CHUNK));
    expect(() => opened(chunks.slice(0, 2))).toThrow(/cut off/);
    expect(() => opened([...chunks, ...chunks.slice(-1)])).toThrow(/behind/);
  });

  test("does not open with a part left out, repeated or in another place, nor with a byte changed", () => {
    const [a, b, c] = sealed(randomBytes(2 * STREAM_CHUNK + 5)) as [Uint8Array, Uint8Array, Uint8Array];
    for (const order of [
      [b, c],
      [a, c],
      [a, a, b, c],
      [b, a, c],
    ]) {
      expect(() => opened(order)).toThrow(expect.objectContaining({ code: "signature" }));
    }
    for (const at of [0, 40_000, SEALED_CHUNK - 1]) {
      const bad = Uint8Array.from(b);
      bad[at] = (bad[at] ?? 0) ^ 1;
      expect(() => opened([a, bad, c])).toThrow(/part 2/);
    }
  });

  test("opens under its own secret, salt and context alone", () => {
    const chunks = sealed(Buffer.from("something"));
    expect(() => opened(chunks, key("another context"))).toThrow(/changed/);
    expect(() => opened(chunks, streamKey(secret, newStreamSalt(), "a test"))).toThrow(/changed/);
    expect(() => opened(chunks, streamKey(randomBytes(32), salt, "a test"))).toThrow(/changed/);
    expect(opened(chunks).toString()).toBe("something");
  });
});
