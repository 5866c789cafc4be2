import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signBytes } from "../crypto/index.ts";
import { checkCheckpoint, checkpointText, parseCheckpoint } from "./checkpoint.ts";
import {
  checkNote,
  formatNote,
  formatVerifierKey,
  keyIdOf,
  noteSignature,
  parseNote,
  parseVerifierKey,
  signedBytes,
  type NoteKey,
} from "./note.ts";

// The example of C2SP signed-note.
const VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE = `This is an example message.

\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;
// The example of C2SP tlog-cosignature: a checkpoint with its log's and a witness's signatures.
const COSIGNED = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

const seeds = { log: Buffer.alloc(32, 7), witness: Buffer.alloc(32, 8), other: Buffer.alloc(32, 9) };
const ORIGIN = "assent-log/11111111-2222-4333-8444-555555555555";
const keyOf = (seed: Buffer, name: string, type: NoteKey["type"]): NoteKey => ({
  name,
  type,
  publicKey: signBytes(seed, new Uint8Array()).publicKey,
});
const logKey = keyOf(seeds.log, ORIGIN, "log");
const witnessKey = keyOf(seeds.witness, "witness.example.org/w1", "witness");
const SEEN = 1_679_315_147;

const text = checkpointText({ origin: ORIGIN, size: 42, root: Buffer.alloc(32, 1) });
const signature = (seed: Buffer, key: NoteKey, of = text, seconds = SEEN) =>
  noteSignature(key, signBytes(seed, signedBytes(key.type, of, seconds)).signature, seconds);
const signed = formatNote({ text, signatures: [signature(seeds.log, logKey)] });
const cosigned = formatNote({
  text,
  signatures: [signature(seeds.log, logKey), signature(seeds.witness, witnessKey)],
});

describe("the examples of C2SP", () => {
  test("of a signed note holds by its key, and no longer with a letter changed", () => {
    const key = parseVerifierKey(VKEY) as NoteKey;
    expect(key).toMatchObject({ name: "example.com/foo", type: "log" });
    expect(formatVerifierKey(key)).toBe(VKEY);
    const note = parseNote(NOTE);
    expect(note && checkNote(note, [key])).toMatchObject({ valid: true });
    const changed = parseNote(NOTE.replace("message", "massage"));
    expect(changed && checkNote(changed, [key])).toEqual({
      valid: false,
      reason: "wrong-signature",
      key: "example.com/foo",
    });
  });

  test("of a cosigned checkpoint is read to its last byte, and the witness's time is the one it says", () => {
    const parsed = parseCheckpoint(COSIGNED);
    expect(parsed).toMatchObject({ origin: "example.com/behind-the-sofa", size: 20_852_163 });
    expect(parsed && formatNote(parsed.signed)).toBe(COSIGNED);
    const [, witness] = parsed?.signed.signatures ?? [];
    expect(Buffer.from(witness?.signature ?? []).readBigUInt64BE()).toBe(1_679_315_147n);
    expect(Buffer.from(signedBytes("witness", parsed?.signed.text ?? "", 1_679_315_147)).toString()).toBe(
      "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    );
  });
});

describe("a key's id", () => {
  test("tells names and types of one key apart", () => {
    const ids = [
      keyIdOf(logKey),
      keyIdOf({ ...logKey, type: "witness" }),
      keyIdOf({ ...logKey, name: `${ORIGIN}x` }),
      keyIdOf(witnessKey),
    ].map((id) => Buffer.from(id).toString("hex"));
    expect(new Set(ids).size).toBe(4);
  });

  test.each([
    "",
    "a b+00000000+AQ==",
    VKEY.replace("530d903a", "530d903b"),
    VKEY.slice(0, -1),
    `${VKEY}\n`,
    "x+y",
  ])("and the rest of %j make no verifier key", (line) => {
    expect(parseVerifierKey(line)).toBeUndefined();
  });
});

describe("a checkpoint", () => {
  test("signed by the log is what it says", () => {
    expect(checkCheckpoint(signed, ORIGIN, [logKey])).toMatchObject({
      valid: true,
      size: 42,
      origin: ORIGIN,
    });
  });

  test("cosigned says who saw it, and when; a witness that is not known counts for nothing", () => {
    const checked = checkCheckpoint(cosigned, ORIGIN, [logKey, witnessKey]);
    expect(checked.valid && checked.signers.map(({ key, at }) => [key.type, at?.getTime()])).toEqual([
      ["log", undefined],
      ["witness", SEEN * 1000],
    ]);
    const alone = checkCheckpoint(cosigned, ORIGIN, [logKey]);
    expect(alone.valid && alone.signers.length).toBe(1);
  });

  test.each([
    ["of an unknown signer", signed, [keyOf(seeds.other, ORIGIN, "log")], "unknown signer"],
    ["of another log", signed.replaceAll("5555", "6666"), [logKey], "a checkpoint of another log"],
    [
      "signed by a witness alone",
      formatNote({ text, signatures: [signature(seeds.witness, witnessKey)] }),
      [witnessKey],
      "not signed by the log",
    ],
    [
      "whose cosignature is over another text",
      formatNote({
        text,
        signatures: [signature(seeds.log, logKey), signature(seeds.witness, witnessKey, `${text}x`)],
      }),
      [logKey, witnessKey],
      "the signature does not match",
    ],
    [
      "whose cosignature is of another time",
      formatNote({
        text,
        signatures: [
          signature(seeds.log, logKey),
          noteSignature(
            witnessKey,
            signBytes(seeds.witness, signedBytes("witness", text, SEEN)).signature,
            SEEN + 1,
          ),
        ],
      }),
      [logKey, witnessKey],
      "the signature does not match",
    ],
    [
      "where the log's signature stands as a witness's",
      formatNote({
        text,
        signatures: [
          noteSignature(witnessKey, signBytes(seeds.witness, signedBytes("log", text, 0)).signature, SEEN),
        ],
      }),
      [logKey, witnessKey],
      "the signature does not match",
    ],
  ] as const)("%s is refused", (_, note, keys, reason) => {
    expect(checkCheckpoint(note, ORIGIN, keys)).toEqual({ valid: false, reason });
  });

  test("is refused with any one byte changed to anything", () => {
    const bytes = Buffer.from(cosigned);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ flip;
        const checked = checkCheckpoint(changed.toString("utf8"), ORIGIN, [logKey, witnessKey]);
        // A changed name or id makes the one signature an unknown's; the other still stands.
        const signers = checked.valid ? checked.signers.length : 0;
        expect(signers).toBeLessThan(2);
        if (checked.valid) expect(checked).toMatchObject({ size: 42, root: new Uint8Array(32).fill(1) });
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ["a size with a leading zero", signed.replace("\n42\n", "\n042\n")],
    ["a size that is no number", signed.replace("\n42\n", "\n4 2\n")],
    ["a size too large to count", signed.replace("\n42\n", "\n99999999999999999999\n")],
    ["an extension line", signed.replace("\n\n", "\nmore\n\n")],
    ["a root of another length", signed.replace(/\n[^\n]+=\n\n/, "\nAQ==\n\n")],
    ["no signature", signed.slice(0, signed.indexOf("\n\n") + 2)],
    ["a tab", signed.replace(" ", "\t")],
    ["something after its end", `${signed}x`],
    ["no newline at its end", signed.slice(0, -1)],
    ["two spaces in a signature's line", signed.replace("\u2014 ", "\u2014  ")],
  ])("with %s is none", (_, note) => {
    expect(note).not.toBe(signed);
    expect(parseCheckpoint(note)).toBeUndefined();
  });
});
