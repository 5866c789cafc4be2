/** TIFF 6.0 field types. */
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;

type Entry = readonly [tag: number, type: number, count: number, value: number];

/**
 * Puts raw pixels (8 bit, interleaved, 3 channels, or 4 with alpha) and a colour profile into an uncompressed TIFF in
 * memory. It is how a profile is attached to pixels that have none: sharp takes profiles from files only. Layout after
 * TIFF 6.0; the profile's tag 34675 after ICC.1 annex B.
 */
export function frameAsTiff(
  pixels: { readonly data: Uint8Array; readonly width: number; readonly height: number },
  channels: 3 | 4,
  profile: Uint8Array,
): Buffer {
  const { data, width, height } = pixels;
  const count = channels === 4 ? 12 : 11;
  const bitsAt = 8 + 2 + 12 * count + 4;
  const profileAt = bitsAt + 8;
  const dataAt = profileAt + profile.length + (profile.length % 2);
  const entries: readonly Entry[] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, channels, bitsAt],
    [259, SHORT, 1, 1], // no compression
    [262, SHORT, 1, 2], // RGB
    [273, LONG, 1, dataAt],
    [277, SHORT, 1, channels],
    [278, LONG, 1, height], // one strip
    [279, LONG, 1, data.length],
    [284, SHORT, 1, 1], // interleaved
    ...(channels === 4 ? [[338, SHORT, 1, 2] as const] : []), // the fourth channel is alpha, not multiplied in
    [34_675, UNDEFINED, profile.length, profileAt],
  ];
  const tiff = Buffer.alloc(dataAt + data.length);
  tiff.write("II*\0", 0, "latin1");
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(count, 8);
  for (const [n, [tag, type, length, value]] of entries.entries()) {
    const at = 10 + 12 * n;
    tiff.writeUInt16LE(tag, at);
    tiff.writeUInt16LE(type, at + 2);
    tiff.writeUInt32LE(length, at + 4);
    tiff.writeUInt32LE(value, at + 8);
  }
  for (let channel = 0; channel < channels; channel++) tiff.writeUInt16LE(8, bitsAt + 2 * channel);
  tiff.set(profile, profileAt);
  tiff.set(data, dataAt);
  return tiff;
}
