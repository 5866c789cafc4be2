import type { CSSProperties } from "react";
import type { useFrame } from "./frame.ts";
import { type Box, Rings } from "./rings.tsx";

/** A picture with places in it ringed. `touched` is told where, in pixels of the photo. */
export function SeenPicture({
  src,
  alt,
  width,
  height,
  rings,
  touched,
  marking,
}: {
  readonly src: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  readonly rings: readonly Box[];
  readonly touched?: ((x: number, y: number) => void) | undefined;
  /** While a frame is drawn in it: where the pointer is. */
  readonly marking?: ReturnType<typeof useFrame>["pointer"] | undefined;
}) {
  return (
    <div
      className="seen"
      style={{ "--ratio": width / height } as CSSProperties}
      data-touch={touched ? true : undefined}
      data-marking={marking ? true : undefined}
      {...marking}
      onClick={(event) => {
        const place = event.currentTarget.getBoundingClientRect();
        touched?.(
          ((event.clientX - place.left) / place.width) * width,
          ((event.clientY - place.top) / place.height) * height,
        );
      }}
    >
      <img src={src} alt={alt} width={width} height={height} draggable={false} />
      <Rings width={width} height={height} boxes={rings} />
    </div>
  );
}

/** A picture that an answer carried. */
export function carried(base64: string): string {
  return `data:image/jpeg;base64,${base64}`;
}
