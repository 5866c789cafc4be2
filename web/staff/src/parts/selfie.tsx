import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../language.tsx";

/** Larger is not better for one face, and takes longer on a phone's line. */
const LONG_EDGE = 1600;
const QUALITY = 0.92;

export interface TakenPhoto {
  readonly address: string;
  /** In pixels of what is sent. */
  readonly width: number;
  readonly height: number;
  /** JPEG without its metadata. */
  readonly base64: string;
}

/** The browser reads what a phone took, turns it upright and makes it smaller; nothing else of the file is sent. */
async function readPhoto(file: File): Promise<TakenPhoto> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONG_EDGE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob) throw new Error("no picture");
  const base64 = await toBase64(blob);
  const { width, height } = canvas;
  return { address: URL.createObjectURL(blob), width, height, base64 };
}

/** The bytes of a file, as a form carries them. */
export async function toBase64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** A photo of the person before a member of staff; on a phone the camera opens. */
export function Selfie({ says, ...props }: Taking & { readonly says?: string }) {
  const { t } = useWords();
  const words = {
    title: t("desk.photo"),
    says: says ?? t("desk.photo-says"),
    alt: t("desk.photo-alt"),
    take: t("desk.photo-take"),
    again: t("desk.photo-again"),
  };
  return <TakePhoto {...props} words={words} camera />;
}

interface Taking {
  readonly photo: TakenPhoto | null;
  readonly take: (photo: TakenPhoto | null) => void;
}

/** A picture to be read once: shown small, made smaller before it is sent. */
export function TakePhoto({
  photo,
  take,
  words,
  camera = false,
}: Taking & {
  readonly words: Readonly<Record<"title" | "says" | "alt" | "take" | "again", string>>;
  /** On a phone the camera opens. */
  readonly camera?: boolean;
}) {
  const { t } = useWords();
  const field = useRef<HTMLInputElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(
    () => () => {
      if (photo) URL.revokeObjectURL(photo.address);
    },
    [photo],
  );
  const choose = (file: File | undefined): void => {
    if (!file) return;
    setFailed(false);
    readPhoto(file).then(take, () => setFailed(true));
  };
  return (
    <fieldset>
      <legend>{words.title}</legend>
      <p className="quiet small">{words.says}</p>
      {photo ? <img className="selfie" src={photo.address} alt={words.alt} /> : null}
      <Button variant="default" onClick={() => field.current?.click()}>
        {photo ? words.again : words.take}
      </Button>
      <input
        ref={field}
        type="file"
        hidden
        accept="image/*"
        {...(camera ? { capture: "environment" as const } : {})}
        aria-label={words.take}
        onChange={(event) => choose(event.currentTarget.files?.[0])}
      />
      {failed ? <p role="alert">{t("trouble.unsupported-picture")}</p> : null}
    </fieldset>
  );
}
