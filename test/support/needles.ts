import { createHash } from "node:crypto";

/** A run of bytes that is looked for, and in which form of what it is. */
export interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

const ZEROS = 4;
/** So few numbers in a row name an embedding. */
const NUMBERS = 6;

/** Base64 reads three bytes at a time: of the three ways in which it may begin, what does not depend on what stands beside. */
function inBase64(bytes: Buffer): readonly Buffer[] {
  const ways = [0, 1, 2].flatMap((before) => [
    { before, form: "base64" as const },
    { before, form: "base64url" as const },
  ]);
  return ways.map(({ before, form }) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(form);
    return Buffer.from(
      text.slice(before === 0 ? 0 : before + 1, 4 * Math.floor((before + bytes.length) / 3)),
    );
  });
}

function inForms(what: string, bytes: Buffer): readonly Needle[] {
  return [
    { what, bytes },
    { what: `${what}, hexadecimal`, bytes: Buffer.from(bytes.toString("hex")) },
    ...inBase64(bytes).map((text) => ({ what: `${what}, base64`, bytes: text })),
  ];
}

/** A text in the clear, whatever the encoding, and its hash: by that whoever guesses it could make sure. */
export function textNeedles(what: string, text: string): readonly Needle[] {
  const digest = createHash("sha256").update(text).digest();
  const written = new Set([text, text.toLowerCase(), text.normalize("NFD"), encodeURIComponent(text)]);
  return [
    ...[...written].flatMap((one) => inForms(what, Buffer.from(one))),
    { what: `${what}, UTF-16`, bytes: Buffer.from(text, "utf16le") },
    ...inForms(`SHA-256 of ${what}`, digest),
  ];
}

/** An embedding as float32, float64, int8 and decimal numbers; each run of numbers at several places. */
export function vectorNeedles(what: string, vector: Float32Array): readonly Needle[] {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const places = [0, 0.25, 0.5, 0.75].map((part) => Math.floor(part * vector.length));
  return places.flatMap((from) => {
    const some = vector.slice(from, from + NUMBERS);
    // Four times as many, because each has a quarter of the bytes.
    const more = vector.slice(from, from + 4 * NUMBERS);
    const asInt8 = (scale: number): Buffer => {
      const numbers = Int8Array.from(more, (value) => Math.round(value * scale));
      return Buffer.from(numbers.subarray(numbers.findIndex((one) => one !== 0)));
    };
    return [
      ...inForms(`${what}, float32`, Buffer.from(some.buffer)),
      // The first bytes of a number that was a float32 are zeros, of which files are full.
      { what: `${what}, float64`, bytes: Buffer.from(Float64Array.from(some).buffer).subarray(ZEROS) },
      ...inForms(`${what}, int8`, asInt8(127)),
      ...inForms(`${what}, int8 of its own scale`, asInt8(127 / largest)),
      ...Array.from(some.slice(0, 3), (value) => ({
        what: `${what}, decimal`,
        bytes: Buffer.from(String(value)),
      })),
      ...Array.from(some.slice(0, 3), (value) => ({
        what: `${what}, decimal`,
        bytes: Buffer.from(String(Number(value.toPrecision(8)))),
      })),
    ];
  });
}

/** Bytes as they are, at several places, so that a part is found too. */
export function byteNeedles(what: string, bytes: Uint8Array): readonly Needle[] {
  const all = Buffer.from(bytes);
  const run = Math.min(24, all.length);
  return [0, 0.5, 1].flatMap((part) => {
    const from = Math.floor(part * (all.length - run));
    return inForms(what, all.subarray(from, from + run));
  });
}

/** Where needles lie, as `needle in place`, in one pass; names of files are looked through as well. */
export function lookFor(
  needles: readonly Needle[],
  places: Iterable<readonly [name: string, bytes: Buffer]>,
): readonly string[] {
  const byStart = new Map<number, Needle[]>();
  for (const needle of needles) {
    const start = needle.bytes.length < SHORTEST ? 0 : needle.bytes.readUInt16LE(0);
    if (start === 0) throw new Error(`too short, or too common a beginning: ${needle.what}`);
    byStart.set(start, [...(byStart.get(start) ?? []), needle]);
  }
  const begins = new Uint8Array(65_536);
  for (const start of byStart.keys()) begins[start] = 1;
  const found = new Set<string>();
  for (const [name, content] of places) {
    for (const bytes of [content, Buffer.from(name)]) {
      for (let at = 0; at + SHORTEST <= bytes.length; at++) {
        const start = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
        if (begins[start] === 0) continue;
        for (const { what, bytes: needle } of byStart.get(start) ?? []) {
          if (isAt(bytes, at, needle)) found.add(`${what} in ${name}`);
        }
      }
    }
  }
  return [...found].sort();
}

const SHORTEST = 6;

function isAt(bytes: Buffer, at: number, needle: Buffer): boolean {
  for (let i = needle.length - 1; i >= 0; i--) if (bytes[at + i] !== needle[i]) return false;
  return true;
}
