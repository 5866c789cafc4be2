import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testKeys } from "../../test/support/scene.ts";
import { newId } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { dropChips, openChips, sealChips } from "./index.ts";

let keys: KeyStore;
let removeKeys: () => Promise<void>;
const collection = newId();

beforeAll(async () => {
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
  await keys.create({ kind: "chips", id: collection });
});
afterAll(() => removeKeys());

test("chips open to what was sealed, dropped ones as dropped", async () => {
  const chip = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(null));
  await fc.assert(
    fc.asyncProperty(fc.array(chip, { maxLength: 12 }), fc.uuid({ version: 4 }), async (chips, photo) => {
      const sealed = await sealChips(keys, collection, photo, chips);
      expect(await openChips(keys, collection, photo, sealed)).toEqual(chips);
    }),
    { numRuns: 40 },
  );
});

test("the sealed file shows nothing of a chip, and opens for its own photo alone", async () => {
  const photo = newId();
  const chip = new Uint8Array(randomBytes(64));
  const sealed = Buffer.from(await sealChips(keys, collection, photo, [chip]));
  expect(sealed.includes(Buffer.from(chip.subarray(0, 8)))).toBe(false);
  await expect(openChips(keys, collection, newId(), sealed)).rejects.toMatchObject({ code: "signature" });
});

test("a dropped chip is gone from the file and the others keep their positions; the last one leaves no file", async () => {
  const photo = newId();
  const [a, b] = [new Uint8Array([1, 2]), new Uint8Array([3])];
  const sealed = await sealChips(keys, collection, photo, [a, b]);
  const without = await dropChips(keys, collection, photo, sealed, [0]);
  expect(await openChips(keys, collection, photo, without!)).toEqual([null, b]);
  expect(await dropChips(keys, collection, photo, without!, [1])).toBeNull();
});

test("chips do not open once joining has closed and the key is gone", async () => {
  const other = newId();
  await keys.create({ kind: "chips", id: other });
  const sealed = await sealChips(keys, other, newId(), []);
  await keys.destroy({ kind: "chips", id: other });
  await expect(openChips(keys, other, newId(), sealed)).rejects.toMatchObject({ code: "key-gone" });
});
