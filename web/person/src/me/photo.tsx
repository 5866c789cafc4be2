import { useRef, useState } from "preact/hooks";
import { Link, useLocation, useParams } from "wouter-preact";
import type { PersonPhoto } from "../../../../src/http/contract/person.ts";
import { api, pictureAddress } from "../api.ts";
import { useWords } from "../language.tsx";
import { useDoing } from "../load.ts";
import { Question } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { Picture, ratioStyle } from "../parts/picture.tsx";
import { Empty, TroubleNote, Waiting } from "../parts/states.tsx";
import { dropFace, lookAgain, usePhotos } from "../photos.ts";
import { MePage } from "./use-me.tsx";

/** One photo: see it whole, save it, share it, say that it is somebody else. */
export function PhotoPage() {
  const { t } = useWords();
  const { id } = useParams<{ id: string }>();
  return (
    <MePage title={t("photo.title")} wide>
      {() => <PhotoOf id={id} />}
    </MePage>
  );
}

function PhotoOf({ id }: { readonly id: string }) {
  const { t } = useWords();
  const { photos, phase, trouble } = usePhotos();
  const mine = photos.filter((one) => one.state !== "asked");
  const at = mine.findIndex((one) => one.id === id);
  const photo = mine[at];
  if (photo === undefined) {
    if (phase === "loading") return <Waiting />;
    if (phase === "failed" && trouble !== null) return <TroubleNote trouble={trouble} again={lookAgain} />;
    return (
      <Empty title={t("photo.gone")}>
        <Link class="button plain" href="/me">
          {t("to-photos")}
        </Link>
      </Empty>
    );
  }
  return (
    <OnePhoto
      key={photo.id}
      photo={photo}
      before={mine[at - 1]}
      after={mine[at + 1]}
      at={at}
      of={mine.length}
    />
  );
}

function OnePhoto({
  photo,
  before,
  after,
  at,
  of,
}: {
  readonly photo: PersonPhoto;
  readonly before: PersonPhoto | undefined;
  readonly after: PersonPhoto | undefined;
  readonly at: number;
  readonly of: number;
}) {
  const { t, moment, number } = useWords();
  const [, navigate] = useLocation();
  const [wrong, setWrong] = useState(false);
  const sharing = useDoing();
  const answering = useDoing();
  const file = useRef<File | null>(null);
  const name = `photo-${photo.id.slice(0, 8)}.jpg`;
  const share = () =>
    sharing.run(async () => {
      file.current ??= await api.pictureFile(photo.id, name);
      const files = [file.current];
      try {
        await navigator.share({ files });
      } catch (error) {
        // Closing the share sheet is an answer too.
        if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      }
    });
  return (
    <div class="photo-view">
      <div class="framed fitted" style={ratioStyle(photo)}>
        <Picture
          photo={photo}
          size="full"
          eager
          alt={
            photo.takenAt === null
              ? t("photo.alt", { n: at + 1 })
              : t("photo.alt.time", { n: at + 1, time: moment(photo.takenAt) })
          }
        />
      </div>
      <div class="photo-line">
        <p class="quiet numbers">
          {t("photo.at", { n: number(at + 1), of: number(of) })}
          {photo.takenAt !== null && ` · ${moment(photo.takenAt)}`}
        </p>
        <nav class="turn" aria-label={t("photo.others")}>
          {before === undefined ? (
            <span />
          ) : (
            <Link class="button plain" href={`/me/photo/${before.id}`} replace>
              <Icon name="back" />
              {t("photo.before")}
            </Link>
          )}
          {after !== undefined && (
            <Link class="button plain" href={`/me/photo/${after.id}`} replace>
              {t("photo.after")}
              <Icon name="next" />
            </Link>
          )}
        </nav>
      </div>
      {sharing.trouble !== null && <TroubleNote trouble={sharing.trouble} hint={t("photo.share.failed")} />}
      <div class="buttons">
        <a class="button main" href={pictureAddress(photo.id, "full")} download={name}>
          <Icon name="save" />
          {t("photo.save")}
        </a>
        {canShareFiles() && (
          <button type="button" class="button main" aria-disabled={sharing.busy} onClick={share}>
            <Icon name="share" />
            {t("photo.share")}
          </button>
        )}
      </div>
      <div class="buttons">
        <button type="button" class="button plain" onClick={() => setWrong(true)}>
          {t("photo.wrong")}
        </button>
        <Link class="button plain" href={`/hide-me?photo=${photo.id}`}>
          {t("photo.hide")}
        </Link>
      </div>
      <p class="quiet">{t("photo.says")}</p>
      {wrong && (
        <Question title={t("wrong.title")} close={() => setWrong(false)}>
          <p>{t("wrong.says")}</p>
          {answering.trouble !== null && <TroubleNote trouble={answering.trouble} />}
          <div class="buttons">
            <button
              type="button"
              class="button main"
              aria-disabled={answering.busy}
              onClick={() =>
                answering.run(async () => {
                  await api.answer(photo.face, false);
                  navigate("/me", { replace: true });
                  dropFace(photo.face);
                })
              }
            >
              {t("wrong.yes")}
            </button>
            <button type="button" class="button plain" onClick={() => setWrong(false)}>
              {t("wrong.no")}
            </button>
          </div>
        </Question>
      )}
    </div>
  );
}

function canShareFiles(): boolean {
  if (!("share" in navigator) || !("canShare" in navigator)) return false;
  return navigator.canShare({ files: [new File([""], "photo.jpg", { type: "image/jpeg" })] });
}
