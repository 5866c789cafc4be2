import { join } from "node:path";
import { toBuffer as qrPng } from "qrcode";
import sharp, { type Sharp } from "sharp";

/** Portraits that come with a package that the tests use: nobody's picture is in the project. */
const SAMPLES = join(import.meta.dirname, "../../node_modules/@vladmandic/face-api/demo");

/** Heads in them, with some room around: sample, then left, top, width, height. */
const HEADS = {
  ann: [6, 1088, 206, 370, 470],
  ben: [6, 590, 222, 370, 470],
  eve: [6, 174, 385, 370, 470],
} as const;
export type Head = keyof typeof HEADS;

/** Of a head as it is in its sample: what a face detector finds is about so many pixels high. */
export const FACE_HEIGHT = 290;

export interface CardPhoto {
  /** `at`: left and top of the head's picture; `scale`: 1 as in the sample. */
  readonly people: readonly {
    readonly head: Head;
    readonly at: readonly [number, number];
    readonly scale?: number;
  }[];
  /** What QR codes say, with the side of the white card around each and its left and top. */
  readonly codes?: readonly {
    readonly text: string;
    readonly at: readonly [number, number];
    readonly side: number;
  }[];
  readonly camera?: string;
  /** "2026:05:01 10:00:00" */
  readonly takenAt?: string;
}

export const CARD_PHOTO = { width: 1300, height: 1000 } as const;

function headIn(head: Head): Sharp {
  const [sample, left, top, width, height] = HEADS[head];
  return sharp(join(SAMPLES, `sample${sample}.jpg`)).extract({ left, top, width, height });
}

/** A head alone, a JPEG. */
export function headPortrait(head: Head): Promise<Buffer> {
  return headIn(head).jpeg({ quality: 92 }).toBuffer();
}

/** A composed photo of people with cards, as a camera writes it. */
export async function cardPhoto(photo: CardPhoto): Promise<Buffer> {
  const people = photo.people.map(async ({ head, at: [left, top], scale = 1 }) => {
    const [, , , width] = HEADS[head];
    return {
      input: await headIn(head)
        .resize(Math.round(width * scale))
        .png()
        .toBuffer(),
      left,
      top,
    };
  });
  const codes = (photo.codes ?? []).map(async ({ text, at: [left, top], side }) => ({
    input: await sharp(await qrPng(text, { errorCorrectionLevel: "Q", margin: 4, scale: 8 }))
      .resize(side, side)
      .png()
      .toBuffer(),
    left,
    top,
  }));
  return sharp({ create: { ...CARD_PHOTO, channels: 3, background: { r: 150, g: 165, b: 150 } } })
    .composite(await Promise.all([...people, ...codes]))
    .withExif({
      IFD0: { Make: "Maker", Model: "Model" },
      IFD2: {
        ...(photo.takenAt === undefined ? {} : { DateTimeOriginal: photo.takenAt }),
        ...(photo.camera === undefined ? {} : { BodySerialNumber: photo.camera }),
      },
    })
    .jpeg({ quality: 92 })
    .toBuffer();
}
