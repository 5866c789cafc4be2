import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from "react";
import type { LookedPhoto } from "../../../../src/http/contract/staff.ts";
import { api, lookPicture, type Reveal } from "../api.ts";
import { useWords } from "../language.tsx";
import { type Box, Rings } from "./rings.tsx";
import { Failed } from "./states.tsx";

/** Side of the frame to begin with, and each step of the keys, in shares of the picture's longer side. */
const FRAME = 0.08;
const STEP = 0.02;

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
  const [frame, setFrame] = useState<Box | null>(null);
  const hide = useMutation({
    mutationFn: (place: { face: string } | { box: Box }) =>
      api.hide(id, photo.id, "face" in place ? place : { box: [...place.box] }),
    onSuccess: () => {
      setFrame(null);
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
  const long = Math.max(photo.width, photo.height);
  const within = ([x, y, w, h]: Box): Box => {
    const [width, height] = [Math.min(w, photo.width), Math.min(h, photo.height)];
    return [
      Math.min(Math.max(x, 0), photo.width - width),
      Math.min(Math.max(y, 0), photo.height - height),
      width,
      height,
    ];
  };
  const centred = (x: number, y: number, side: number): Box =>
    within([x - side / 2, y - side / 2, side, side]);
  const touch = (event: PointerEvent<HTMLElement>): void => {
    if (!frame) return;
    const place = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - place.left) / place.width) * photo.width;
    const y = ((event.clientY - place.top) / place.height) * photo.height;
    setFrame(centred(x, y, frame[2]));
  };
  const press = (event: KeyboardEvent): void => {
    if (!frame) return;
    const [x, y, w, h] = frame;
    const step = STEP * long;
    const moved: Readonly<Record<string, Box>> = {
      ArrowLeft: [x - step, y, w, h],
      ArrowRight: [x + step, y, w, h],
      ArrowUp: [x, y - step, w, h],
      ArrowDown: [x, y + step, w, h],
      "+": [x - step / 2, y - step / 2, w + step, h + step],
      "-": [x + step / 2, y + step / 2, Math.max(w - step, step), Math.max(h - step, step)],
    };
    const next = moved[event.key];
    if (next) setFrame(within(next));
    else if (event.key === "Escape") setFrame(null);
    else if (event.key === "Enter") hide.mutate({ box: frame });
    else return;
    event.preventDefault();
  };
  const drawn = frame ? [frame] : seen;
  return (
    <figure>
      <div
        className="seen"
        style={{ "--ratio": photo.width / photo.height } as CSSProperties}
        data-marking={frame ? true : undefined}
        onPointerDown={touch}
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
              onClick={() => setFrame(centred(photo.width / 2, photo.height / 2, FRAME * long))}
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
                onKeyDown={press}
                onClick={() => hide.mutate({ box: frame })}
              >
                {t("publish.mark-go")}
              </Button>
              <Button variant="default" onClick={() => setFrame(null)}>
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
