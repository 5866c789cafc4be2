import { useCallback, useEffect, useState } from "preact/hooks";
import type { Browse, Me } from "../../../../src/http/contract/person.ts";
import { api, type Trouble } from "../api.ts";
import { useWords } from "../language.tsx";
import { troubleOf, useDoing } from "../load.ts";
import { Question } from "../parts/controls.tsx";
import { gridStyle, Picture, placeOf, ratioStyle } from "../parts/picture.tsx";
import { Empty, TroubleNote, Waiting } from "../parts/states.tsx";
import { MePage } from "./use-me.tsx";

type Photo = Browse["photos"][number];
type Face = Photo["faces"][number];

/** Looking for oneself without face recognition: everybody is hidden, and a tap says "this is me". */
export function BrowsePage() {
  const { t } = useWords();
  return (
    <MePage title={t("browse.title")} wide>
      {(me) => <BrowseCollections me={me} />}
    </MePage>
  );
}

function BrowseCollections({ me }: { readonly me: Me }) {
  const { t } = useWords();
  const [chosen, setChosen] = useState(me.collections[0]?.id ?? null);
  if (chosen === null) {
    return (
      <Empty title={t("browse.none")}>
        <p>{t("browse.none.says")}</p>
      </Empty>
    );
  }
  return (
    <>
      <p class="text">{t("browse.says")}</p>
      {me.collections.length > 1 && (
        <div class="field">
          <label for="collection">{t("browse.collection")}</label>
          <select id="collection" value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {me.collections.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </div>
      )}
      <BrowseOne key={chosen} collection={chosen} />
    </>
  );
}

function BrowseOne({ collection }: { readonly collection: string }) {
  const { t, moment } = useWords();
  const [photos, setPhotos] = useState<readonly Photo[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const more = useCallback(
    (cursor: string | null) => {
      setState("loading");
      api.browse(collection, cursor).then(
        (page) => {
          setPhotos((before) => (cursor === null ? page.photos : [...before, ...page.photos]));
          setNext(page.next);
          setState("ready");
        },
        (error: unknown) => {
          setTrouble(troubleOf(error));
          setState("failed");
        },
      );
    },
    [collection],
  );
  useEffect(() => more(null), [more]);
  const opened = photos.find((one) => one.id === open);
  return (
    <>
      {opened !== undefined && (
        <Faces
          key={opened.id}
          photo={opened}
          close={() => setOpen(null)}
          claimed={(face) =>
            setPhotos(
              photos.map((one) => ({
                ...one,
                faces: one.faces.map((other) =>
                  other.id === face ? { ...other, claim: "mine-open" as const } : other,
                ),
              })),
            )
          }
        />
      )}
      {state === "ready" && photos.length === 0 && (
        <Empty title={t("browse.empty")}>
          <p>{t("browse.empty.says")}</p>
        </Empty>
      )}
      <ul class="grid">
        {photos.map((photo, index) => (
          <li key={photo.id} style={gridStyle(photo)}>
            <button
              type="button"
              class="photo-button"
              onClick={() => {
                setOpen(photo.id);
              }}
            >
              <Picture
                photo={photo}
                size="small"
                eager={index < 6}
                alt={
                  photo.takenAt === null
                    ? t("browse.alt", { n: index + 1, faces: photo.faces.length })
                    : t("browse.alt.time", {
                        n: index + 1,
                        faces: photo.faces.length,
                        time: moment(photo.takenAt),
                      })
                }
              />
            </button>
          </li>
        ))}
      </ul>
      {state === "loading" && <Waiting lines={2} />}
      {state === "failed" && trouble !== null && (
        <TroubleNote trouble={trouble} again={() => more(photos.length === 0 ? null : next)} />
      )}
      {state === "ready" && next !== null && (
        <button type="button" class="button plain" onClick={() => more(next)}>
          {t("browse.more")}
        </button>
      )}
    </>
  );
}

/** One photo with its hidden faces to tap, from left to right. */
function Faces({
  photo,
  close,
  claimed,
}: {
  readonly photo: Photo;
  readonly close: () => void;
  readonly claimed: (face: string) => void;
}) {
  const { t, moment } = useWords();
  const [face, setFace] = useState<Face | null>(null);
  const [answer, setAnswer] = useState<"open" | "confirmed" | null>(null);
  const doing = useDoing();
  const faces = [...photo.faces].sort((a, b) => a.box[0] - b.box[0]);
  const name = (one: Face) => t("browse.face", { n: faces.indexOf(one) + 1, of: faces.length });
  return (
    <Question title={photo.takenAt === null ? t("photo.title") : moment(photo.takenAt)} close={close}>
      <div class="framed fitted" style={ratioStyle(photo)}>
        <Picture photo={photo} size="full" eager alt={t("browse.open.alt", { faces: faces.length })} />
        {faces.map((one) => {
          const place = placeOf(one.box, photo);
          return (
            <button
              type="button"
              key={one.id}
              class="face-button"
              aria-pressed={face?.id === one.id}
              aria-label={one.claim === "mine-open" ? `${name(one)}, ${t("browse.waiting")}` : name(one)}
              style={{
                left: `${place.x * 100}%`,
                top: `${place.y * 100}%`,
                width: `${place.w * 150}%`,
                height: `${place.h * 150}%`,
              }}
              onClick={() => {
                setFace(one);
                setAnswer(null);
              }}
            />
          );
        })}
      </div>
      <div role="status">
        {answer !== null ? (
          <p>{answer === "open" ? t("claim.open") : t("claim.confirmed")}</p>
        ) : face === null ? (
          <p>{faces.length === 0 ? t("browse.no-faces") : t("browse.tap")}</p>
        ) : face.claim === "mine-open" ? (
          <p>{t("claim.open")}</p>
        ) : (
          <p>{t("claim.question", { face: name(face) })}</p>
        )}
      </div>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
      <div class="buttons">
        {face !== null && face.claim === "none" && answer === null && (
          <button
            type="button"
            class="button main"
            aria-disabled={doing.busy}
            onClick={() =>
              doing.run(async () => {
                const { state } = await api.claim(face.id);
                setAnswer(state);
                claimed(face.id);
              })
            }
          >
            {t("claim.me")}
          </button>
        )}
        <button type="button" class="button plain" onClick={close}>
          {t("close")}
        </button>
      </div>
    </Question>
  );
}
