import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type CSSProperties } from "react";
import type { LookedPhoto } from "../../../../src/http/contract/staff.ts";
import { api, lookPicture, type Reveal } from "../api.ts";
import { useWords } from "../language.tsx";
import { useFrame } from "./frame.ts";
import { type Box, Rings } from "./rings.tsx";
import { Failed } from "./states.tsx";

/** A line for each of some faces, with what can be done about it; the face is ringed while its line is pointed at. */
function FaceLines({
  faces,
  name,
  go,
  busy,
  choose,
  see,
}: {
  readonly faces: LookedPhoto["faces"];
  readonly name: (n: number) => string;
  readonly go: string;
  readonly busy: boolean;
  readonly choose: (face: string) => void;
  readonly see: (boxes: readonly Box[]) => void;
}) {
  if (faces.length === 0) return null;
  return (
    <ul className="faces">
      {faces.map((face, i) => (
        <li
          key={face.id}
          onPointerEnter={() => see([face.box])}
          onPointerLeave={() => see([])}
          onFocus={() => see([face.box])}
          onBlur={() => see([])}
        >
          <span id={`face-${face.id}`}>{name(i + 1)}</span>
          <Button
            size="compact-md"
            variant="subtle"
            aria-describedby={`face-${face.id}`}
            loading={busy}
            onClick={() => choose(face.id)}
          >
            {go}
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** A picture as a channel would show it; below it, how each face stands. Hide more, never less. */
export function LookedPicture({
  id,
  photo,
  order,
  changed,
}: {
  readonly id: string;
  readonly photo: LookedPhoto;
  readonly order: { readonly channel: string; readonly reveal: Reveal };
  readonly changed: () => void;
}) {
  const { t } = useWords();
  const [version, setVersion] = useState(0);
  const [seen, setSeen] = useState<readonly Box[]>([]);
  const { frame, begin, end, pointer, press } = useFrame(photo);
  const hide = useMutation({
    mutationFn: (place: { face: string } | { box: Box }) =>
      api.hide(id, photo.id, "face" in place ? place : { box: [...place.box] }),
    onSuccess: () => {
      end();
      setSeen([]);
      setVersion((before) => before + 1);
      changed();
    },
  });
  const showAgain = useMutation({
    mutationFn: (face: string) => api.showAgain(id, photo.id, face, order),
    onSuccess: () => {
      setSeen([]);
      setVersion((before) => before + 1);
      changed();
    },
  });
  const marks = photo.faces.filter((face) => face.canShowAgain);
  const shown = photo.faces.filter((face) => face.standing === "shown");
  const hidden = photo.faces.filter((face) => face.standing !== "shown");
  const byHand = hidden.filter((face) => face.standing === "by-hand").length;
  const drawn = frame ? [frame] : seen;
  return (
    <figure>
      <div
        className="seen"
        style={{ "--ratio": photo.width / photo.height } as CSSProperties}
        data-marking={frame ? true : undefined}
        {...pointer}
      >
        <img
          src={lookPicture(id, photo.id, order, version)}
          alt={photo.file}
          width={photo.width}
          height={photo.height}
          loading="lazy"
          draggable={false}
        />
        <Rings width={photo.width} height={photo.height} boxes={drawn} />
      </div>
      <figcaption>
        <p className="file">{photo.file}</p>
        <FaceLines
          faces={shown}
          name={(n) => t("publish.face", { n })}
          go={t("publish.hide")}
          busy={hide.isPending}
          choose={(face) => hide.mutate({ face })}
          see={setSeen}
        />
        <FaceLines
          faces={marks}
          name={(n) => t("publish.marked", { n })}
          go={t("publish.show-again")}
          busy={showAgain.isPending}
          choose={(face) => showAgain.mutate(face)}
          see={setSeen}
        />
        <div
          className="row between"
          onPointerEnter={() => setSeen(hidden.map((face) => face.box))}
          onPointerLeave={() => setSeen([])}
        >
          <span className="small">
            {photo.faces.length === 0 ? t("publish.no-faces") : t("publish.hidden", { n: hidden.length })}
            {byHand > 0 ? `, ${t("publish.by-hand", { n: byHand })}` : ""}
          </span>
          {frame ? null : (
            <button
              type="button"
              className="plain small"
              aria-label={t("publish.mark-in", { file: photo.file })}
              onClick={begin}
            >
              {t("publish.mark")}
            </button>
          )}
        </div>
        {frame ? (
          <div className="stack">
            <p className="small" id={`how-${photo.id}`}>
              {t("publish.mark-says")}
            </p>
            <div className="row">
              <Button
                autoFocus
                loading={hide.isPending}
                aria-describedby={`how-${photo.id}`}
                onKeyDown={(event) => press(event, (box) => hide.mutate({ box }))}
                onClick={() => hide.mutate({ box: frame })}
              >
                {t("publish.mark-go")}
              </Button>
              <Button variant="default" onClick={end}>
                {t("cancel")}
              </Button>
            </div>
          </div>
        ) : null}
        {hide.isError ? <Failed error={hide.error} /> : null}
        {showAgain.isError ? <Failed error={showAgain.error} /> : null}
      </figcaption>
    </figure>
  );
}
