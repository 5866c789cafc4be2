import { createRequire } from "node:module";
import sharp, { type OverlayOptions } from "sharp";
import { AssentError, type Size } from "../core/index.ts";

/** Letters of the latin alphabets that the font has; others would be taken from whatever font the machine has, or none. */
const READABLE =
  /^[\x20-\x7e\u00a0-\u00ff\u0152\u0153\u0178\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u20ac\u2122]{1,60}$/;
/** The pages' typeface, where it is installed (it comes with the tools that build them); else one of the machine's. */
function typeface(): { readonly font: string; readonly fontfile?: string } {
  try {
    const path = "@fontsource/atkinson-hyperlegible/files/atkinson-hyperlegible-latin-700-normal.woff";
    return { font: "Atkinson Hyperlegible Bold", fontfile: createRequire(import.meta.url).resolve(path) };
  } catch {
    return { font: "sans bold" };
  }
}

/** Of the picture's width and height, at most. */
const WIDTH_SHARE = 0.5;
const HEIGHT_SHARE = 0.05;
const MARGIN_SHARE = 0.02;
/** White on black, each let through by so much: read on light and on dark, and the picture is seen behind it. */
const LIGHT = 0.75;
const SHADE = 0.5;

/** The text without blanks around it. Errors: `bad-input` where it is empty, longer than 60 characters, or not of the latin alphabet. */
export function checkedWatermark(text: string): string {
  const plain = text.trim();
  if (READABLE.test(plain)) return plain;
  throw new AssentError("bad-input", "a watermark has 1 to 60 letters of the latin alphabet", {
    remedy: "Shorten it, or write it in latin letters.",
  });
}

/** What is laid over a picture of this size: the text in its lower right corner, with a shade behind it. Errors: `internal` without a font. */
export async function watermarkFor(text: string, size: Size): Promise<readonly OverlayOptions[]> {
  const margin = Math.max(1, Math.round(Math.min(size.width, size.height) * MARGIN_SHARE));
  const { data, info } = await sharp({
    text: {
      text: escaped(text),
      ...typeface(),
      width: Math.max(8, Math.round(size.width * WIDTH_SHARE)),
      height: Math.max(6, Math.round(size.height * HEIGHT_SHARE)),
    },
  })
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  // Without any font nothing is drawn, and nobody would notice before the pictures are out.
  if (data.every((ink) => ink === 0)) {
    throw new AssentError("internal", "there is no font to write a watermark with", {
      remedy: "Install one on the server, for example fonts-dejavu-core.",
    });
  }
  const width = Math.min(info.width, size.width);
  const height = Math.min(info.height, size.height);
  if (width < info.width || height < info.height) return [];
  const left = Math.max(0, size.width - width - margin);
  const top = Math.max(0, size.height - height - margin);
  const shift = Math.max(1, Math.round(height / 24));
  const tinted = (tone: number, share: number): Buffer => {
    const pixels = Buffer.alloc(width * height * 4, tone);
    for (let i = 0; i < width * height; i++) pixels[i * 4 + 3] = Math.round((data[i] ?? 0) * share);
    return pixels;
  };
  const raw = { width, height, channels: 4 as const };
  return [
    {
      input: tinted(0, SHADE),
      raw,
      left: Math.min(left + shift, size.width - width),
      top: Math.min(top + shift, size.height - height),
    },
    { input: tinted(255, LIGHT), raw, left, top },
  ];
}

/** The text is read as Pango's markup. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
