export { readCodes, type CodeInPicture } from "./read-codes.ts";
export { HEAD_BYTES, identify, isRawName, type MediaType } from "./media-type.ts";
export {
  encodeJpeg,
  MAX_PICTURE_PIXELS,
  prepareDecoderProcess,
  readFullPicture,
  readPicture,
  readTakenAt,
  type Pixels,
} from "./read-picture.ts";
