import { useRef, useState } from "preact/hooks";
import { useSearch } from "wouter-preact";
import type { HideRequest, HideRequested } from "../../../../src/http/contract/anybody.ts";
import type { Static } from "typebox";
import { api, pictureAddress, renditionAddress } from "../api.ts";
import { useWords } from "../language.tsx";
import { useDoing } from "../load.ts";
import { Field } from "../parts/controls.tsx";
import { Page } from "../parts/page.tsx";
import { TroubleNote } from "../parts/states.tsx";

type Place = NonNullable<HideRequest["place"]>;

/** The door for somebody who never joined: which photo, where in it, and perhaps how to reach them. */
export function HideMePage() {
  const { t } = useWords();
  const query = new URLSearchParams(useSearch());
  const photo = query.get("photo");
  const given = query.get("rendition");
  const [done, setDone] = useState<Requested | null>(null);
  const about: About =
    photo !== null
      ? { photo, picture: pictureAddress(photo, "full") }
      : given !== null
        ? { rendition: given, picture: renditionAddress(given) }
        : { picture: null };
  if (done !== null) {
    return (
      <Page key="done" title={t("hide.done.title")}>
        <HideDone done={done} />
      </Page>
    );
  }
  return (
    <Page key="hide" title={t("hide.title")}>
      <HideForm about={about} done={setDone} />
    </Page>
  );
}

type Requested = Static<typeof HideRequested>;

/** What it is about, and where its picture is; without one, its name is asked for. */
type About =
  | { readonly photo: string; readonly picture: string }
  | { readonly rendition: string; readonly picture: string }
  | { readonly picture: null };

export function HideForm({
  about,
  done,
}: {
  readonly about: About;
  readonly done: (requested: Requested) => void;
}) {
  const { t, language } = useWords();
  const [kind, setKind] = useState<HideRequest["kind"]>("hide-me");
  const [place, setPlace] = useState<Place | null>(null);
  const [named, setNamed] = useState("");
  const [note, setNote] = useState("");
  const [contact, setContact] = useState("");
  const doing = useDoing();
  const which = (): Pick<HideRequest, "photo" | "rendition"> => {
    if ("photo" in about) return { photo: about.photo };
    const rendition = "rendition" in about ? about.rendition : renditionName(named);
    return rendition === null ? {} : { rendition };
  };
  return (
    <>
      <p>{t("hide.says")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          doing.run(async () =>
            done(
              await api.hide({
                kind,
                language,
                ...which(),
                ...(place === null ? {} : { place }),
                ...(contact.trim() === "" ? {} : { contact: contact.trim() }),
                ...(note.trim() === "" ? {} : { note: note.trim() }),
              }),
            ),
          );
        }}
      >
        {about.picture === null ? (
          <Field
            label={t("hide.which")}
            says={t("hide.which.says")}
            value={named}
            change={setNamed}
            required
            maxLength={300}
          />
        ) : (
          <TapPlace picture={about.picture} place={place} tap={setPlace} />
        )}
        <fieldset class="radios">
          <legend>{t("hide.kind")}</legend>
          {(["hide-me", "report"] as const).map((one) => (
            <label key={one} class="radio">
              <input type="radio" name="kind" checked={kind === one} onChange={() => setKind(one)} />
              <span>{t(`hide.kind.${one}`)}</span>
            </label>
          ))}
        </fieldset>
        <Field
          label={t("hide.note")}
          says={t("hide.note.says")}
          value={note}
          change={setNote}
          lines={3}
          maxLength={1000}
        />
        <Field
          label={t("hide.contact")}
          says={t("hide.contact.says")}
          value={contact}
          change={setContact}
          autoComplete="email"
          maxLength={254}
        />
        {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
        <button type="submit" class="button main" aria-disabled={doing.busy}>
          {t("hide.send")}
        </button>
      </form>
    </>
  );
}

/** What became of it, and its number. */
export function HideDone({
  done,
  none,
}: {
  readonly done: Requested;
  /** What is said where nothing public had to be taken off. */
  readonly none?: string;
}) {
  const { t, day } = useWords();
  return (
    <>
      <p>
        {done.suspended > 0 ? t("hide.done.suspended", { n: done.suspended }) : (none ?? t("hide.done.none"))}
      </p>
      <p>{t("hide.done.due", { date: day(done.dueAt) })}</p>
      <p class="quiet">{t("hide.done.number")}</p>
      <p class="reference">{done.request}</p>
    </>
  );
}

/** The random name of a published picture, out of what somebody pasted: an address, a file's name, or the name itself. */
export function renditionName(pasted: string): string | null {
  const text = pasted.trim();
  const asked = /[?&]rendition=([\w-]+)/.exec(text)?.[1];
  const last =
    asked ??
    text
      .split(/[?#]/)[0]
      ?.split("/")
      .findLast((part) => part !== "") ??
    "";
  const name = last.replace(/\.\w{2,5}$/, "");
  return name === "" ? null : name.slice(0, 100);
}

/** One step of the arrow keys, as a share of the picture. */
const KEY_STEP = 0.02;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function TapPlace({
  picture,
  place,
  tap,
}: {
  readonly picture: string;
  readonly place: Place | null;
  readonly tap: (place: Place) => void;
}) {
  const { t } = useWords();
  const [failed, setFailed] = useState(false);
  const image = useRef<HTMLImageElement>(null);
  const within = (share: number) => Math.min(1, Math.max(0, share));
  if (failed) return <p class="notice">{t("hide.picture.failed")}</p>;
  return (
    <div class="tap-place">
      <p id="tap-says">
        {t("hide.tap")} <span class="for-keys">{t("hide.tap.keys")}</span>
      </p>
      <button
        type="button"
        class="framed"
        aria-label={t("hide.tap.label")}
        aria-describedby="tap-says"
        onKeyDown={(event) => {
          const step = ARROWS[event.key];
          if (step === undefined) return;
          event.preventDefault();
          const from = place ?? { x: 0.5, y: 0.5 };
          tap({ x: within(from.x + step[0] * KEY_STEP), y: within(from.y + step[1] * KEY_STEP) });
        }}
        onClick={(event) => {
          const area = image.current?.getBoundingClientRect();
          if (area === undefined || event.detail === 0) {
            tap(place ?? { x: 0.5, y: 0.5 });
            return;
          }
          tap({
            x: within((event.clientX - area.left) / area.width),
            y: within((event.clientY - area.top) / area.height),
          });
        }}
      >
        <img ref={image} src={picture} alt={t("hide.picture")} onError={() => setFailed(true)} />
        {place !== null && (
          <span
            class="spot"
            aria-hidden="true"
            style={{ left: `${place.x * 100}%`, top: `${place.y * 100}%` }}
          />
        )}
      </button>
      <p role="status" class="quiet">
        {place === null ? t("hide.tap.none") : t("hide.tap.done")}
      </p>
    </div>
  );
}
