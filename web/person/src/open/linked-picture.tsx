import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { ratioStyle } from "../parts/picture.tsx";
import type { Listed } from "./gallery.tsx";

/**
 * A picture of a gallery: fetched with the link's secret in a header once its place comes near the screen, and kept in memory
 * while it is shown. Its address stands nowhere, so that nothing but this page has it.
 */
export function LinkedPicture({
  secret,
  picture,
  size,
  alt,
  arrived,
}: {
  readonly secret: string;
  readonly picture: Listed;
  readonly size: "small" | "full";
  readonly alt: string;
  /** Told its address in this page's memory, which ends with this picture. */
  readonly arrived?: (address: string) => void;
}) {
  const { t } = useWords();
  const place = useRef<HTMLSpanElement>(null);
  const [near, setNear] = useState(size === "full");
  const [address, setAddress] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (near || element === null) return;
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some((one) => one.isIntersecting)) setNear(true);
      },
      { rootMargin: "600px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [near]);
  useEffect(() => {
    if (!near) return;
    let made: string | null = null;
    let gone = false;
    api.gallery.picture(secret, picture.name, size).then(
      (blob) => {
        if (gone) return;
        made = URL.createObjectURL(blob);
        setAddress(made);
        arrived?.(made);
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [near]);
  return (
    <span
      ref={place}
      class={`picture ${address === null ? "coming" : "here"}`}
      style={{ ...ratioStyle(picture), aspectRatio: `${picture.width} / ${picture.height}` }}
    >
      {address !== null && <img src={address} alt={alt} width={picture.width} height={picture.height} />}
      {address === null && <span class="unseen">{alt}</span>}
      {failed && <span class="picture-failed">{t("picture.failed")}</span>}
    </span>
  );
}
