export {
  HEAD_BYTES,
  identify,
  isRawName,
  RAW_EXTENSIONS,
  type Identified,
  type MediaType,
} from "./media-type.ts";
export {
  encodeJpeg,
  MAX_PICTURE_BYTES,
  MAX_PICTURE_PIXELS,
  prepareDecoderProcess,
  readFullPicture,
  readPicture,
  type FullPicture,
  type Pixels,
  type ReadPicture,
} from "./read-picture.ts";
