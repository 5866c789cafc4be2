import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { GalleryOpened, GalleryPictures } from "../../../../src/http/contract/gallery.ts";
import { api, type Trouble } from "../api.ts";
import { useWords } from "../language.tsx";
import { troubleOf } from "../load.ts";
import { gridStyle } from "../parts/picture.tsx";
import { Page } from "../parts/page.tsx";
import { Empty, TroubleNote, Waiting } from "../parts/states.tsx";
import { keep, kept, takeSecret } from "../visit.ts";
import { GalleryOne } from "./gallery-one.tsx";
import { LinkedPicture } from "./linked-picture.tsx";

export type Listed = GalleryPictures["pictures"][number];

/** Who left is to be gone from an open page within seconds. */
const ASK_MS = 4_000;

/** What a link shows, to whoever has it: also in a frame of another site. */
export function GalleryPage() {
  const { t } = useWords();
  const [secret] = useState(() => {
    const taken = takeSecret();
    if (taken !== null) keep("gallery", taken);
    return taken ?? kept<string>("gallery");
  });
  if (secret === null) {
    return (
      <Page key="none" title={t("gallery.none")}>
        <p>{t("gallery.none.says")}</p>
      </Page>
    );
  }
  return <Gallery secret={secret} />;
}

type State =
  | { readonly is: "opening" }
  | { readonly is: "open"; readonly about: GalleryOpened; readonly version: string; readonly changed: number }
  | { readonly is: "failed"; readonly trouble: Trouble };

function Gallery({ secret }: { readonly secret: string }) {
  const { t, day } = useWords();
  const [state, setState] = useState<State>({ is: "opening" });
  const open = useCallback(() => {
    setState({ is: "opening" });
    api.gallery.open(secret).then(
      (about) => setState({ is: "open", about, version: about.version, changed: about.changed }),
      (error: unknown) => setState({ is: "failed", trouble: troubleOf(error) }),
    );
  }, [secret]);
  useEffect(open, [open]);
  const isOpen = state.is === "open";
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(() => {
      if (document.visibilityState !== "visible") return;
      api.gallery.state(secret).then(
        (now) => setState((before) => (before.is === "open" ? { ...before, ...now } : before)),
        (error: unknown) => {
          const trouble = troubleOf(error);
          // Without an answer what is there stays; a link that has ended shows nothing more.
          if (trouble.status === 404) setState({ is: "failed", trouble });
        },
      );
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [secret, isOpen]);

  if (state.is === "failed") {
    return state.trouble.status === 404 ? (
      <Page key="gone" title={t("gallery.gone")}>
        <p>{t("gallery.gone.says")}</p>
      </Page>
    ) : (
      <Page key="failed" title={t("gallery.title")}>
        <TroubleNote trouble={state.trouble} again={open} />
      </Page>
    );
  }
  if (state.is === "opening") {
    return (
      <Page key="opening" title={t("gallery.title")}>
        <Waiting />
      </Page>
    );
  }
  const { about, version, changed } = state;
  return (
    <Page key="open" title={about.collection} who={about.organisation} wide>
      <Pictures
        secret={secret}
        version={version}
        head={
          <>
            {about.expiresAt !== null && (
              <p class="quiet">{t("gallery.until", { date: day(about.expiresAt) })}</p>
            )}
            {changed > 0 && <p class="notice amber">{t("gallery.changed", { n: changed })}</p>}
          </>
        }
      />
    </Page>
  );
}

/** The rows of pictures, or one of them. With another version they are listed again, as many as were. */
function Pictures({
  secret,
  version,
  head,
}: {
  readonly secret: string;
  readonly version: string;
  readonly head: preact.ComponentChildren;
}) {
  const { t, number } = useWords();
  const [pictures, setPictures] = useState<readonly Listed[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [one, setOne] = useState<string | null>(null);
  const shown = useRef(0);
  shown.current = pictures?.length ?? 0;
  const list = useCallback(
    async (from: number, least: number, before: readonly Listed[]): Promise<void> => {
      setTrouble(null);
      try {
        let all = before;
        let at: number | null = from;
        do {
          const page: GalleryPictures = await api.gallery.pictures(secret, at);
          all = [...all, ...page.pictures];
          at = page.next;
        } while (at !== null && all.length < least);
        setPictures(all);
        setNext(at);
      } catch (error) {
        setTrouble(troubleOf(error));
      }
    },
    [secret],
  );
  useEffect(() => void list(0, shown.current, []), [list, version]);
  if (pictures === null) {
    return trouble === null ? (
      <Waiting />
    ) : (
      <TroubleNote trouble={trouble} again={() => void list(0, 0, [])} />
    );
  }
  if (one !== null) {
    return <GalleryOne secret={secret} pictures={pictures} name={one} choose={setOne} />;
  }
  return (
    <>
      <p>{t("gallery.says", { n: pictures.length })}</p>
      {head}
      {pictures.length === 0 && (
        <Empty title={t("gallery.empty")}>
          <p>{t("gallery.empty.says")}</p>
        </Empty>
      )}
      <ul class="grid">
        {pictures.map((picture, at) => (
          <li key={picture.name} style={gridStyle(picture)}>
            <button type="button" class="photo-button" onClick={() => setOne(picture.name)}>
              <LinkedPicture
                key={picture.version}
                secret={secret}
                picture={picture}
                size="small"
                alt={t("gallery.alt", { n: number(at + 1), of: number(pictures.length) })}
              />
            </button>
          </li>
        ))}
      </ul>
      {trouble !== null && <TroubleNote trouble={trouble} />}
      {next !== null && (
        <button type="button" class="button plain" onClick={() => void list(next, 0, pictures)}>
          {t("gallery.more")}
        </button>
      )}
    </>
  );
}
