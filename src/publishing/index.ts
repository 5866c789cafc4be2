export {
  beginDisclosure,
  completeDisclosure,
  disclosedOf,
  discloseOne,
  discloseSeen,
  discloseTaken,
  foldersHolding,
  listDisclosures,
  readersShown,
  formOfFolder,
  whatLeft,
  type Disclosed,
  type ListedDisclosure,
  type NewDisclosure,
  type ShownIn,
} from "./disclosures.ts";
export { faceAt } from "./face-at.ts";
export { isSameBox, placesOf } from "./places.ts";
export {
  boxArray,
  channelReveals,
  isIn,
  manifestOf,
  publishablePhotos,
  readerReveals,
  type BoxArray,
  type ManifestItem,
  type PublishablePhoto,
} from "./faces.ts";
export {
  addGalleryLink,
  changedInGallery,
  galleryLinkByHash,
  galleryLinksOf,
  galleryPictures,
  galleryState,
  holdGalleryPicture,
  noteGalleryOpened,
  removeEndedGalleryLinks,
  revokeGalleryLink,
  setGalleryOrigins,
  type GalleryLink,
} from "./gallery-links.ts";
export { headShape } from "./head-shape.ts";
export { obscure } from "./obscure.ts";
export { plan, type Plan, type PlanFace, type Reveal } from "./plan.ts";
export { createRenderPool, type RenderPool } from "./render.ts";
export {
  audienceOf,
  dropReaderRenditions,
  dropSuspendedPicture,
  holdPublished,
  lastMadePublic,
  publishedIn,
  renditionById,
  renditionFor,
  renditionNamed,
  renditionsWith,
  saveRendition,
  suspendedPublic,
  suspendPublic,
  suspendShowing,
  suspendStale,
  type Audience,
  type NewRendition,
  type PublishedRendition,
  type Suspension,
} from "./renditions.ts";
export { smaller, type PictureForm } from "./smaller.ts";
export { tellOf, tellUntold, type Cause } from "./tell.ts";
export { checkedWatermark } from "./watermark.ts";
