import { randomBytes } from "node:crypto";
import sharp from "sharp";
import type { Instance } from "../../src/app/index.ts";
import { newId, type Box, type Id } from "../../src/core/index.ts";
import { inTransaction, type MatchState } from "../../src/db/index.ts";
import { addPhoto, recordScan } from "../../src/photos/index.ts";

/** Photos whose faces are patches of one colour each, so that a test sees in the pixels who is shown and who is hidden. */
export interface ColouredPhoto {
  readonly id: Id;
  readonly faces: readonly Id[];
  readonly boxes: readonly Box[];
}

type Rgb = readonly [number, number, number];
const COLOURS: readonly Rgb[] = [
  [230, 30, 30],
  [30, 60, 230],
  [30, 200, 40],
  [230, 200, 20],
];
export const COLOURED = { width: 1200, height: 800 } as const;

/** Boxes far enough apart that no hidden head covers a neighbour. */
export function boxes(count: number): readonly Box[] {
  return Array.from({ length: count }, (_, i) => ({ x: 80 + i * 290, y: 250, w: 100, h: 120 }));
}

/** A picture with GPS in its metadata and a colour profile, as a phone makes it. */
export async function colouredPicture(count: number): Promise<Buffer> {
  const { width, height } = COLOURED;
  const patches = boxes(count).map((box, i) => {
    const [r, g, b] = COLOURS[i % COLOURS.length] as Rgb;
    return {
      input: { create: { width: box.w, height: box.h, channels: 3 as const, background: { r, g, b } } },
      left: box.x,
      top: box.y,
    };
  });
  return sharp({ create: { width, height, channels: 3, background: { r: 128, g: 128, b: 128 } } })
    .composite(patches)
    .withExif({ IFD0: { Copyright: "somebody's name" }, IFD3: { GPSLatitude: "48/1 51/1 30/1" } })
    .withIccProfile("p3")
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** A scanned photo of coloured faces, from left to right; its file name is a person's. */
export async function colouredPhoto(
  instance: Pick<Instance, "db" | "blobs" | "clock">,
  collection: Id,
  count: number,
  options: { readonly takenAt?: Date; readonly detection?: "certain" | "doubtful" } = {},
): Promise<ColouredPhoto> {
  const blob = await instance.blobs.put("originals", await colouredPicture(count));
  const { id } = await inTransaction(instance.db, (trx) =>
    addPhoto(
      trx,
      {
        collection,
        digest: randomBytes(32).toString("hex"),
        blob,
        fileName: `erika-mustermann-${newId()}.jpg`,
        mediaType: "image/jpeg",
      },
      instance.clock,
    ),
  );
  const faces = boxes(count).map((box) => ({
    id: newId(),
    box,
    landmarks: null,
    detection: options.detection ?? ("certain" as const),
    norm: 10,
    frontality: 1,
    matchable: true,
    chip: null,
  }));
  const scan = { photo: id, packId: "pack", size: COLOURED, takenAt: options.takenAt ?? null, chips: null };
  await inTransaction(instance.db, (trx) => recordScan(trx, { ...scan, faces }, instance.clock));
  return { id, faces: faces.map((face) => face.id), boxes: faces.map((face) => face.box) };
}

/** A match as the machine, or somebody, made it. */
export async function matchedAs(
  instance: Pick<Instance, "db">,
  face: Id,
  person: Id,
  state: MatchState,
  origin: "machine" | "hand" = "machine",
): Promise<void> {
  await instance.db
    .insertInto("match")
    .values({
      face_id: face,
      person_id: person,
      origin,
      state,
      pack_id: origin === "machine" ? "pack" : null,
      policy_version: origin === "machine" ? "policy" : null,
      decided_by: state === "matched" || state === "asked" ? null : "somebody",
      decided_at: new Date(),
    })
    .execute();
}

/** For each face from left to right, whether its colour is to be seen in the picture. */
export async function facesSeen(jpeg: Uint8Array, count: number): Promise<readonly boolean[]> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const scale = info.width / COLOURED.width;
  return boxes(count).map((box, i) => {
    const x = Math.round((box.x + box.w / 2) * scale);
    const y = Math.round((box.y + box.h / 2) * scale);
    const at = (y * info.width + x) * info.channels;
    const wanted = COLOURS[i % COLOURS.length] as Rgb;
    return wanted.every((value, channel) => Math.abs(value - (data[at + channel] ?? 0)) < 60);
  });
}
