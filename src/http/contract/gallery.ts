import { Type, type Static } from "typebox";

/**
 * What the page of a gallery and the server say to each other, under `/api/gallery`. The link is `/gallery#SECRET`; the secret goes
 * into the body that opens it, then into the header `x-assent-gallery`, and into no address. What has ended, was revoked or never
 * was is `not-found`.
 */

const Time = Type.String({ format: "date-time" });
const Secret = Type.String({ minLength: 4, maxLength: 200 });

/** POST /open {secret} -> GalleryOpened. */
export const OpenGallery = Type.Object({ secret: Secret });
export const GalleryOpened = Type.Object({
  organisation: Type.String(),
  collection: Type.String(),
  channel: Type.String(),
  /** null: open to the public. */
  expiresAt: Type.Union([Time, Type.Null()]),
  pictures: Type.Integer(),
  version: Type.String(),
  changed: Type.Integer(),
});
export type GalleryOpened = Static<typeof GalleryOpened>;

/** GET /state: asked every few seconds while the page is open. With another `version` the pictures are listed again. */
export const GalleryState = Type.Object({
  version: Type.String(),
  /** Pictures seen by this link that were changed or taken off since it was first opened. */
  changed: Type.Integer(),
});
export type GalleryState = Static<typeof GalleryState>;

/** GET /pictures?from=0 -> a page; `next` is the `from` of the one that follows. */
export const GalleryPictures = Type.Object({
  pictures: Type.Array(
    Type.Object({
      /** Of its file: "hide me" takes it as `rendition`. */
      name: Type.String(),
      /** With another one the picture is another. */
      version: Type.String(),
      width: Type.Integer(),
      height: Type.Integer(),
    }),
  ),
  next: Type.Union([Type.Integer(), Type.Null()]),
});
export type GalleryPictures = Static<typeof GalleryPictures>;

/** GET /pictures/:name and /pictures/:name/small -> image/jpeg. */
