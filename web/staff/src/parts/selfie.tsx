import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../language.tsx";

/** Larger is not better for one face, and takes longer on a phone's line. */
const LONG_EDGE = 1600;
const QUALITY = 0.92;

export interface TakenPhoto {
  readonly address: string;
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
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { address: URL.createObjectURL(blob), base64: btoa(binary) };
}

/** A photo of the person before the member of staff; on a phone the camera opens. */
export function Selfie({
  photo,
  take,
}: {
  readonly photo: TakenPhoto | null;
  readonly take: (photo: TakenPhoto | null) => void;
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
      <legend>{t("desk.photo")}</legend>
      <p className="quiet small">{t("desk.photo-says")}</p>
      {photo ? <img className="selfie" src={photo.address} alt={t("desk.photo-alt")} /> : null}
      <Button variant="default" onClick={() => field.current?.click()}>
        {t(photo ? "desk.photo-again" : "desk.photo-take")}
      </Button>
      <input
        ref={field}
        type="file"
        hidden
        accept="image/*"
        capture="environment"
        aria-label={t("desk.photo-take")}
        onChange={(event) => choose(event.currentTarget.files?.[0])}
      />
      {failed ? <p role="alert">{t("trouble.unsupported-picture")}</p> : null}
    </fieldset>
  );
}
