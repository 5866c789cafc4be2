/** The kinds of picture that are decoded. Everything else is refused, whatever its file name says. */
export type MediaType =
  "image/jpeg" | "image/png" | "image/webp" | "image/avif" | "image/tiff" | "image/heic";

type Identified =
  | { readonly kind: "picture"; readonly mediaType: MediaType }
  /** A camera's raw file; `name` is the format's usual name ("CR2", "NEF"). */
  | { readonly kind: "raw"; readonly name: string }
  | { readonly kind: "unknown" };

/** Bytes of a file's beginning that `identify` can make use of: the first directory of a raw file lies within them. */
export const HEAD_BYTES = 65_536;

/** Lower-case file name endings, without the dot, of cameras' raw formats. */
const RAW_EXTENSIONS: ReadonlySet<string> = new Set(
  (
    "3fr arw cr2 cr3 crw dcr dng erf fff gpr iiq k25 kdc mef mos " +
    "mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f"
  ).split(" "),
);

/** Whether a file is a camera's raw file by its name alone, as needed to count RAW and JPEG of one shot once. */
export function isRawName(fileName: string): boolean {
  const dot = fileName.lastIndexOf(".");
  return dot >= 0 && RAW_EXTENSIONS.has(fileName.slice(dot + 1).toLowerCase());
}

const PICTURE = (mediaType: MediaType): Identified => ({ kind: "picture", mediaType });
const RAW = (name: string): Identified => ({ kind: "raw", name });
const UNKNOWN: Identified = { kind: "unknown" };

/**
 * Says what a file is by its content; `head` is its beginning (up to HEAD_BYTES). The name is never trusted.
 * Many raw formats are TIFF files whose first directory holds a thumbnail: see `identifyTiff`.
 */
export function identify(head: Uint8Array): Identified {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const text = (from: number, to: number): string => bytes.toString("latin1", from, to);
  if (text(0, 3) === "\xff\xd8\xff") return PICTURE("image/jpeg");
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return PICTURE("image/png");
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return PICTURE("image/webp");
  if (text(4, 8) === "ftyp") return identifyIsoMedia(bytes);
  if (text(0, 15) === "FUJIFILMCCD-RAW") return RAW("RAF");
  if (["IIRO", "IIRS", "MMOR"].includes(text(0, 4))) return RAW("ORF");
  if (text(0, 4) === "IIU\0") return RAW("RW2");
  if (text(0, 4) === "\0MRM") return RAW("MRW");
  if (text(0, 4) === "FOVb") return RAW("X3F");
  if (text(6, 14) === "HEAPCCDR") return RAW("CRW");
  if (text(0, 4) === "II*\0" || text(0, 4) === "MM\0*") return identifyTiff(bytes);
  if (text(0, 4) === "II+\0" || text(0, 4) === "MM\0+") return PICTURE("image/tiff");
  return UNKNOWN;
}

const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"];

/** ISO base media files by their brands; "mif1" and "msf1" say only that it is some picture, so all brands count. */
function identifyIsoMedia(bytes: Buffer): Identified {
  const end = Math.min(bytes.length, bytes.readUInt32BE(0));
  const brands = [bytes.toString("latin1", 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString("latin1", at, at + 4));
  if (brands[0] === "crx ") return RAW("CR3");
  if (brands.some((brand) => brand === "avif" || brand === "avis")) return PICTURE("image/avif");
  if (brands.some((brand) => HEIC_BRANDS.includes(brand))) return PICTURE("image/heic");
  return UNKNOWN;
}

/** TIFF tags and values that tell a sensor's data, or the thumbnail before it, from a finished picture. */
const TAG = {
  subfileType: 254,
  compression: 259,
  photometric: 262,
  make: 271,
  subDirectories: 330,
  dngVersion: 50_706,
};
const RAW_PHOTOMETRIC: readonly number[] = [32_803, 34_892]; // colour filter array, linear raw
const RAW_COMPRESSION: readonly number[] = [32_767, 34_713, 65_535]; // Sony, Nikon, Pentax

/**
 * A classic TIFF file is a raw one if it is a DNG, has Canon's mark, or its first directory holds sensor data or only
 * a reduced picture with the real one in sub-directories. The maker names the format.
 */
function identifyTiff(bytes: Buffer): Identified {
  if (bytes.toString("latin1", 8, 10) === "CR") return RAW("CR2");
  const tags = firstDirectory(bytes);
  if (tags.has(TAG.dngVersion)) return RAW("DNG");
  const sensor =
    RAW_PHOTOMETRIC.includes(tags.get(TAG.photometric) ?? -1) ||
    RAW_COMPRESSION.includes(tags.get(TAG.compression) ?? -1);
  const reduced = tags.get(TAG.subfileType) === 1 && tags.has(TAG.subDirectories);
  if (!sensor && !reduced) return PICTURE("image/tiff");
  const makeAt = tags.get(TAG.make) ?? bytes.length;
  const make = bytes.toString("latin1", makeAt, makeAt + 32).toUpperCase();
  if (make.startsWith("NIKON")) return RAW("NEF");
  if (make.startsWith("SONY")) return RAW("ARW");
  if (make.startsWith("PENTAX") || make.startsWith("RICOH")) return RAW("PEF");
  if (make.startsWith("SAMSUNG")) return RAW("SRW");
  return RAW("RAW");
}

/** Tag -> value (or offset of the value) of the first directory; empty where it lies outside the bytes at hand. */
function firstDirectory(bytes: Buffer): ReadonlyMap<number, number> {
  const tags = new Map<number, number>();
  if (bytes.length < 10) return tags;
  const little = bytes[0] === 0x49;
  const u16 = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const start = u32(4);
  if (start + 2 > bytes.length) return tags;
  const count = u16(start);
  for (let n = 0, at = start + 2; n < count && at + 12 <= bytes.length; n++, at += 12) {
    const short = u16(at + 2) === 3 && u32(at + 4) === 1;
    tags.set(u16(at), short ? u16(at + 8) : u32(at + 8));
  }
  return tags;
}
