import { AssentError } from "../core/index.ts";

/** RGBA, 8 bit, interleaved, upright. */
export interface HeicPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes the primary picture of a HEIC file with libheif in WebAssembly, because sharp's binaries hold no HEVC
 * decoder. libheif applies the file's own turn and mirror (irot, imir); an EXIF orientation in the file repeats them
 * and is ignored. Colours are left in the file's profile. 12 megapixels take about 3 s.
 */
export async function decodeHeic(bytes: Uint8Array, maxPixels: number): Promise<HeicPixels> {
  const { default: libheif } = await import("libheif-js/wasm-bundle.js");
  await libheif.ready;
  const decoder = new libheif.HeifDecoder();
  // libheif reports damage on standard output, where the command line's answers go.
  const { log } = console;
  console.log = () => undefined;
  const pictures = decoder.decode(bytes);
  try {
    const picture = pictures.find((one) => one.is_primary()) ?? pictures[0];
    if (!picture) throw new Error("no picture in the container");
    const width = picture.get_width();
    const height = picture.get_height();
    if (width * height > maxPixels) throw new Error("more pixels than its header declares");
    const data = await new Promise<Uint8ClampedArray>((resolve, reject) => {
      picture.display({ data: new Uint8ClampedArray(width * height * 4), width, height }, (result) =>
        result ? resolve(result.data) : reject(new Error("its HEVC data cannot be decoded")),
      );
    });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height };
  } catch (error) {
    throw new AssentError("unreadable-picture", "the HEIC picture cannot be decoded", {
      remedy: "Export it as JPEG and bring that in.",
      cause: error,
    });
  } finally {
    console.log = log;
    for (const picture of pictures) picture.free();
    decoder.decoder?.delete();
  }
}
