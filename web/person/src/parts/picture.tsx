import { useState } from "preact/hooks";
import { pictureAddress } from "../api.ts";
import { useWords } from "../language.tsx";

/** A photo in a place of its own shape: the room is there before the picture is, so that nothing moves. */
export function Picture({
  photo,
  size,
  alt,
  eager,
}: {
  readonly photo: { readonly id: string; readonly width: number; readonly height: number };
  readonly size: "small" | "full";
  readonly alt: string;
  readonly eager?: boolean;
}) {
  const { t } = useWords();
  const [state, setState] = useState<"coming" | "here" | "failed">("coming");
  return (
    <span class={`picture ${state}`} style={{ aspectRatio: `${photo.width} / ${photo.height}` }}>
      <img
        src={pictureAddress(photo.id, size)}
        alt={alt}
        width={photo.width}
        height={photo.height}
        loading={eager === true ? "eager" : "lazy"}
        decoding="async"
        onLoad={() => setState("here")}
        onError={() => setState("failed")}
      />
      {state === "failed" && <span class="picture-failed">{t("picture.failed")}</span>}
    </span>
  );
}

/** Where a face is, in shares of the picture. A soft ring, never a frame of the kind that "identifies". */
export function placeOf(
  box: readonly [number, number, number, number],
  photo: { readonly width: number; readonly height: number },
): { x: number; y: number; w: number; h: number } {
  return {
    x: (box[0] + box[2] / 2) / photo.width,
    y: (box[1] + box[3] / 2) / photo.height,
    w: box[2] / photo.width,
    h: box[3] / photo.height,
  };
}

/** How far the ring stands off from the face. */
const RING = 1.7;

export function Ring({
  box,
  photo,
}: {
  box: readonly [number, number, number, number];
  photo: { width: number; height: number };
}) {
  const place = placeOf(box, photo);
  return (
    <span
      class="ring"
      aria-hidden="true"
      style={{
        left: `${place.x * 100}%`,
        top: `${place.y * 100}%`,
        width: `${place.w * RING * 100}%`,
        height: `${place.h * RING * 100}%`,
      }}
    />
  );
}

/** For a picture that must fit the screen with what stands below it. */
export function ratioStyle(photo: { readonly width: number; readonly height: number }) {
  return { "--ratio": String(photo.width / photo.height) };
}

/** Rows of photos edge to edge, each as wide as its shape asks for. */
export function gridStyle(photo: { readonly width: number; readonly height: number }) {
  const ratio = photo.width / photo.height;
  return { flexGrow: ratio, "--ratio": String(ratio) };
}
