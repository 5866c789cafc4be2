import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { prepareZXingModule, readBarcodes, type ReaderOptions, type ReadResult } from "zxing-wasm/reader";
import { readCodeText, type Box } from "../core/index.ts";
import type { Pixels } from "./read-picture.ts";

/** A QR code of ours in a picture; `box` is what it covers, in the pixels that it was read from. */
export type CodeInPicture =
  | { readonly kind: "tag"; readonly code: string; readonly box: Box }
  | { readonly kind: "secret"; readonly box: Box };

/**
 * Turned pictures and small codes are tried as well: measured on rendered cards in a photo of 12 megapixels
 * (docs/decisions/0019-cards-that-tag.md).
 */
const OPTIONS: ReaderOptions = {
  formats: ["QRCode"],
  tryHarder: true,
  tryRotate: true,
  tryInvert: false,
  tryDownscale: true,
  maxNumberOfSymbols: 64,
};

let prepared: Promise<void> | undefined;

/** The decoder is given its WebAssembly from the package's own folder: left alone it would fetch it from the network. */
async function prepare(): Promise<void> {
  const wasm = await readFile(fileURLToPath(import.meta.resolve("zxing-wasm/reader/zxing_reader.wasm")));
  const wasmBinary = new Uint8Array(wasm).buffer;
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
}

/**
 * Pixels that are searched: above the cameras of most, and 400 MB in the decoder. Of a larger picture every second pixel,
 * or fewer, in each direction.
 */
const MOST_PIXELS = 50_000_000;

/**
 * The codes of cards in a picture, and links that join: any other QR code is left unread. To be called in a process
 * that may die, as everything that reads untrusted pictures. Whatever a code says, no other text leaves.
 */
export async function readCodes(pixels: Pixels): Promise<readonly CodeInPicture[]> {
  prepared ??= prepare();
  await prepared;
  const step = Math.ceil(Math.sqrt((pixels.width * pixels.height) / MOST_PIXELS));
  const found = await readBarcodes(everyNth(pixels, step), OPTIONS);
  return found.flatMap((one): CodeInPicture[] => {
    const what = one.isValid ? readCodeText(one.text) : null;
    return what === null ? [] : [{ ...what, box: boxOf(one.position, step) }];
  });
}

function boxOf(position: ReadResult["position"], step: number): Box {
  const corners = [position.topLeft, position.topRight, position.bottomLeft, position.bottomRight];
  const left = Math.min(...corners.map((corner) => corner.x)) * step;
  const top = Math.min(...corners.map((corner) => corner.y)) * step;
  return {
    x: left,
    y: top,
    w: Math.max(1, Math.max(...corners.map((corner) => corner.x)) * step - left),
    h: Math.max(1, Math.max(...corners.map((corner) => corner.y)) * step - top),
  };
}

/** The decoder takes four bytes a pixel, the last of them without meaning here. */
function everyNth({ data, width, height }: Pixels, step: number): Parameters<typeof readBarcodes>[0] {
  const [w, h] = [Math.floor(width / step), Math.floor(height / step)];
  const rgba = new Uint32Array(w * h);
  for (let row = 0, to = 0; row < h; row++) {
    for (let column = 0, from = row * step * width * 3; column < w; column++, from += 3 * step, to++) {
      rgba[to] = (data[from] ?? 0) | ((data[from + 1] ?? 0) << 8) | ((data[from + 2] ?? 0) << 16);
    }
  }
  const bytes = new Uint8ClampedArray(rgba.buffer);
  return { data: bytes, width: w, height: h, colorSpace: "srgb" } as unknown as Parameters<
    typeof readBarcodes
  >[0];
}
