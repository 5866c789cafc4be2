export {
  beginDisclosure,
  completeDisclosure,
  foldersHolding,
  whatLeft,
  type NewDisclosure,
} from "./disclosures.ts";
export {
  boxArray,
  channelReveals,
  manifestOf,
  publishablePhotos,
  readerReveals,
  type BoxArray,
  type ManifestItem,
  type PublishablePhoto,
} from "./faces.ts";
export { obscure, type PixelBuffer, type Tone } from "./obscure.ts";
export { FEATHER, headShape, HIDDEN_BOX_FACTOR, type HeadShape } from "./head-shape.ts";
export {
  plan,
  type HiddenFace,
  type Plan,
  type PlanFace,
  type PlanInput,
  type Reveal,
  type ShownFace,
} from "./plan.ts";
export { type Rendered, type RenderInput } from "./render-picture.ts";
export { createRenderPool, type RenderPool } from "./render.ts";
export {
  audienceOf,
  dropReaderRenditions,
  renditionById,
  renditionFor,
  renditionsOf,
  saveRendition,
  suspendShowing,
  type Audience,
  type NewRendition,
  type Suspension,
} from "./renditions.ts";
