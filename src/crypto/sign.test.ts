import { createPrivateKey, sign } from "node:crypto";
import fc from "fast-check";
import { CompactSign, generateKeyPair } from "jose";
import { describe, expect, test } from "vitest";
import { randomKey } from "./seal.ts";
import { publicKeyOf, rawPublicKey, signBytes, signWith, verifyBytes, verifyCompact } from "./sign.ts";

const TYP = "assent-consent+jwt";
const seed = randomKey();
const key = await publicKeyOf(seed);
const payload = { iss: "instance", when: "2026-01-02T03:04:05.000Z", counts: { templates: 3 }, é: "ü" };
const token = await signWith(seed, payload, TYP);

function encode(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64url");
}

async function reasonOf(text: string, keys = [key], types = [TYP]): Promise<string> {
  const result = await verifyCompact(text, keys, types);
  return result.valid ? "valid" : result.reason;
}

/** A token with the header and payload texts as given, signed by the real key. */
async function signed(header: string, body: string | Uint8Array): Promise<string> {
  const d = encode(seed);
  const privateKey = createPrivateKey({ key: { ...key.jwk, d }, format: "jwk" });
  const input = `${encode(header)}.${encode(body)}`;
  return `${input}.${encode(sign(null, Buffer.from(input), privateKey))}`;
}

const HEADER = JSON.stringify({ alg: "EdDSA", kid: key.kid, typ: TYP });

describe("a signed statement", () => {
  test("verifies with the public key and gives its payload, header and signer", async () => {
    expect(await verifyCompact(token, [await publicKeyOf(randomKey()), key], ["other", TYP])).toEqual({
      valid: true,
      payload,
      header: { alg: "EdDSA", kid: key.kid, typ: TYP },
      kid: key.kid,
    });
  });

  test("is signed the way RFC 8037 shows", async () => {
    // RFC 8037, appendix A: the key, its thumbprint.
    const rfc = await publicKeyOf(Buffer.from("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "base64url"));
    expect(rfc.jwk.x).toBe("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    expect(rfc.kid).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });

  test("is invalid, with a reason, when any one byte is changed to anything", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(token, "latin1");
        bytes[at] = (bytes[at] as number) ^ flip;
        expect(await reasonOf(bytes.toString("latin1"))).not.toBe("valid");
        expect((await reasonOf(bytes.toString("latin1"))).length).toBeGreaterThan(5);
      }),
      { numRuns: 300 },
    );
    for (let at = 0; at < token.length; at++) {
      const bytes = Buffer.from(token, "latin1");
      bytes[at] = (bytes[at] as number) ^ 1;
      expect(await reasonOf(bytes.toString("latin1")), `byte ${at}`).not.toBe("valid");
    }
  });

  test("is invalid when anything is cut off or put around it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.nat(token.length - 1), async (extra, end) => {
        for (const text of [token + extra, extra + token, token.slice(0, end), `${token}\n`, ` ${token}`]) {
          expect(await reasonOf(text)).not.toBe("valid");
        }
      }),
      { numRuns: 50 },
    );
    expect(await reasonOf(`${token}.${token}`)).toMatch(/three parts/);
    expect(await reasonOf("a".repeat(1_000_001))).toMatch(/too long/);
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await reasonOf(text)).not.toBe("valid");
      }),
    );
  });

  test("by a key that is not in the list is from an unknown signer, whatever it calls itself", async () => {
    expect(await reasonOf(token, [])).toBe("unknown signer");
    const other = await publicKeyOf(randomKey());
    expect(await reasonOf(token, [other])).toBe("unknown signer");
    expect(await reasonOf(token, [{ ...other, kid: key.kid }])).toBe("unknown signer");
    const forged = await signWith(randomKey(), payload, TYP);
    const [, body, signature] = forged.split(".");
    expect(await reasonOf(`${encode(HEADER)}.${body}.${signature}`)).toBe("the signature does not match");
  });

  test("of another type is not taken for the one expected", async () => {
    expect(await reasonOf(token, [key], ["assent-erasure+jwt"])).toBe("a statement of another type");
  });

  test("signed with another algorithm, or none, is invalid", async () => {
    for (const alg of ["none", "HS256", "Ed25519", "ES256"]) {
      const header = JSON.stringify({ alg, kid: key.kid, typ: TYP });
      expect(await reasonOf(await signed(header, "{}"))).toMatch(/header/);
    }
    const { privateKey } = await generateKeyPair("ES256");
    const es256 = await new CompactSign(Buffer.from("{}"))
      .setProtectedHeader({ alg: "ES256", kid: key.kid, typ: TYP })
      .sign(privateKey);
    expect(await reasonOf(es256)).toMatch(/header/);
  });

  test("rightly signed over a header or payload of another form is invalid", async () => {
    expect(await reasonOf(await signed(HEADER, '{"a":1}'))).toBe("valid");
    const payloads = [
      '{ "a":1}',
      '{"a":1,"a":2}',
      '{"a":1}\n',
      "[1]",
      '"text"',
      "null",
      "1",
      "",
      "{",
      '{"a":1.0}',
    ];
    for (const body of payloads) expect(await reasonOf(await signed(HEADER, body)), body).toMatch(/payload/);
    expect(await reasonOf(await signed(HEADER, Uint8Array.from([0x7b, 0xff, 0x7d])))).toMatch(/not text/);
    const { kid } = key;
    const headers = [
      JSON.stringify({ alg: "EdDSA", typ: TYP, kid }),
      JSON.stringify({ alg: "EdDSA", kid, typ: TYP, crit: ["x"], x: 1 }),
      JSON.stringify({ alg: "EdDSA", kid, typ: TYP, jwk: key.jwk }),
      JSON.stringify({ alg: "EdDSA", kid }),
      `${HEADER} `,
      "null",
      "[]",
    ];
    for (const header of headers)
      expect(await reasonOf(await signed(header, '{"a":1}')), header).toMatch(/header/);
  });

  test("is not made of what JSON cannot hold", async () => {
    await expect(signWith(seed, [1], TYP)).rejects.toMatchObject({ code: "internal" });
  });
});

describe("signed bytes", () => {
  // RFC 8032, section 7.1, test 2.
  const rfc = {
    seed: Buffer.from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "hex"),
    publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    signature:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  };

  test("are signed the way RFC 8032 shows", async () => {
    const { signature, publicKey } = signBytes(rfc.seed, Uint8Array.of(0x72));
    expect(Buffer.from(signature).toString("hex")).toBe(rfc.signature);
    expect(Buffer.from(publicKey).toString("hex")).toBe(rfc.publicKey);
    expect(rawPublicKey((await publicKeyOf(rfc.seed)).jwk)).toEqual(Buffer.from(publicKey));
  });

  test("hold for these bytes and this key alone, and nothing that is no key makes them", () => {
    const { signature, publicKey } = signBytes(seed, Uint8Array.of(1, 2));
    expect(verifyBytes(publicKey, Uint8Array.of(1, 2), signature)).toBe(true);
    expect(verifyBytes(publicKey, Uint8Array.of(1, 3), signature)).toBe(false);
    expect(verifyBytes(Buffer.from(rfc.publicKey, "hex"), Uint8Array.of(1, 2), signature)).toBe(false);
    expect(verifyBytes(new Uint8Array(5), Uint8Array.of(1, 2), signature)).toBe(false);
    expect(verifyBytes(publicKey, Uint8Array.of(1, 2), new Uint8Array(3))).toBe(false);
  });
});
