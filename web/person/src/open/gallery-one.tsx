import { useEffect, useState } from "preact/hooks";
import type { HideRequested } from "../../../../src/http/contract/anybody.ts";
import type { Static } from "typebox";
import { useWords } from "../language.tsx";
import { Question } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { ratioStyle } from "../parts/picture.tsx";
import { Empty } from "../parts/states.tsx";
import type { Listed } from "./gallery.tsx";
import { HideDone, HideForm } from "./hide-me.tsx";
import { LinkedPicture } from "./linked-picture.tsx";

/** One picture of a gallery: see it whole, turn to the next, save it, ask to be hidden. */
export function GalleryOne({
  secret,
  pictures,
  name,
  choose,
}: {
  readonly secret: string;
  readonly pictures: readonly Listed[];
  readonly name: string;
  readonly choose: (name: string | null) => void;
}) {
  const { t, number } = useWords();
  const [address, setAddress] = useState<string | null>(null);
  const [hiding, setHiding] = useState(false);
  const [done, setDone] = useState<Static<typeof HideRequested> | null>(null);
  const at = pictures.findIndex((one) => one.name === name);
  const picture = pictures[at];
  const before = pictures[at - 1]?.name;
  const after = pictures[at + 1]?.name;
  useEffect(() => {
    if (hiding) return;
    const turn = (event: KeyboardEvent) => {
      const to = event.key === "ArrowLeft" ? before : event.key === "ArrowRight" ? after : undefined;
      if (event.key === "Escape") choose(null);
      if (to !== undefined && at >= 0) choose(to);
    };
    addEventListener("keydown", turn);
    return () => removeEventListener("keydown", turn);
  }, [hiding, before, after, at, choose]);
  const back = (
    <button type="button" class="button plain" onClick={() => choose(null)}>
      <Icon name="back" />
      {t("gallery.to-all")}
    </button>
  );
  const close = () => {
    setHiding(false);
    setDone(null);
  };
  // What was asked stays in sight, also once the picture has gone because of it.
  const asked = hiding && (
    <Question title={t(done === null ? "hide.title" : "hide.done.title")} close={close}>
      {done !== null ? (
        <HideDone done={done} none={t("gallery.hidden")} />
      ) : address === null ? null : (
        <HideForm about={{ rendition: name, picture: address }} done={setDone} />
      )}
    </Question>
  );
  if (picture === undefined) {
    return (
      <>
        <Empty title={t("gallery.gone-one")}>{back}</Empty>
        {done !== null && asked}
      </>
    );
  }
  return (
    <div class="photo-view">
      <div class="framed fitted" style={ratioStyle(picture)}>
        <LinkedPicture
          key={`${picture.name} ${picture.version}`}
          secret={secret}
          picture={picture}
          size="full"
          alt={t("gallery.alt", { n: number(at + 1), of: number(pictures.length) })}
          arrived={setAddress}
        />
      </div>
      <div class="photo-line">
        <p class="quiet numbers">{t("photo.at", { n: number(at + 1), of: number(pictures.length) })}</p>
        <nav class="turn" aria-label={t("photo.others")}>
          {before !== undefined && (
            <button type="button" class="button plain" onClick={() => choose(before)}>
              <Icon name="back" />
              {t("photo.before")}
            </button>
          )}
          {after !== undefined && (
            <button type="button" class="button plain" onClick={() => choose(after)}>
              {t("photo.after")}
              <Icon name="next" />
            </button>
          )}
        </nav>
      </div>
      <div class="buttons">
        {address !== null && (
          <a class="button main" href={address} download={`${picture.name}.jpg`}>
            <Icon name="save" />
            {t("gallery.save")}
          </a>
        )}
        <button
          type="button"
          class="button plain"
          aria-disabled={address === null}
          onClick={() => address !== null && setHiding(true)}
        >
          {t("gallery.hide")}
        </button>
      </div>
      <div class="buttons">{back}</div>
      {asked}
    </div>
  );
}
