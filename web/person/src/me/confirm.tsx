import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { MOST_CONFIRMED, type PersonPhoto } from "../../../../src/http/contract/person.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useDoing } from "../load.ts";
import { Icon } from "../parts/icons.tsx";
import { gridStyle, Picture } from "../parts/picture.tsx";
import { Empty, TroubleNote, Waiting } from "../parts/states.tsx";
import { confirmFace, lookAgain, usePhotos } from "../photos.ts";
import { MePage } from "./use-me.tsx";

/** Photos that the machine gave: one tap confirms all that are chosen. What is left out stays as it is. */
export function ConfirmPage() {
  const { t } = useWords();
  return (
    <MePage title={t("confirm.title")} wide>
      {() => <Given />}
    </MePage>
  );
}

function Given() {
  const { t } = useWords();
  const { photos, phase, trouble } = usePhotos();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [done, setDone] = useState<number | null>(null);
  const doing = useDoing();
  const given = photos.filter((one) => one.state === "matched");
  const chosen = given.filter((one) => !left.has(one.face)).map((one) => one.face);
  if (phase === "loading") return <Waiting />;
  if (phase === "failed" && trouble !== null) return <TroubleNote trouble={trouble} again={lookAgain} />;
  const confirm = () =>
    doing.run(async () => {
      let confirmed = 0;
      for (let i = 0; i < chosen.length; i += MOST_CONFIRMED) {
        const some = chosen.slice(i, i + MOST_CONFIRMED);
        confirmed += (await api.confirm(some)).confirmed;
        for (const face of some) confirmFace(face);
      }
      setDone(confirmed);
      lookAgain();
    });
  const turn = (face: string) => {
    const next = new Set(left);
    if (!next.delete(face)) next.add(face);
    setLeft(next);
  };
  return (
    <>
      <div role="status">{done !== null && <p class="notice">{t("confirm.done", { n: done })}</p>}</div>
      {given.length === 0 ? (
        <Empty title={t("confirm.none")}>
          <Link class="button plain" href="/me">
            {t("to-photos")}
          </Link>
        </Empty>
      ) : (
        <>
          <p class="text">{t("confirm.says")}</p>
          <ul class="grid">
            {given.map((photo, index) => (
              <li key={photo.face} style={gridStyle(photo)}>
                <Pick
                  photo={photo}
                  index={index}
                  chosen={!left.has(photo.face)}
                  turn={() => turn(photo.face)}
                />
              </li>
            ))}
          </ul>
          {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
          <div class="buttons">
            <button
              type="button"
              class="button main"
              disabled={chosen.length === 0}
              aria-disabled={doing.busy}
              onClick={confirm}
            >
              {t("confirm.go", { n: chosen.length })}
            </button>
            <Link class="button plain" href="/me">
              {t("to-photos")}
            </Link>
          </div>
        </>
      )}
    </>
  );
}

function Pick({
  photo,
  index,
  chosen,
  turn,
}: {
  readonly photo: PersonPhoto;
  readonly index: number;
  readonly chosen: boolean;
  readonly turn: () => void;
}) {
  const { t, moment } = useWords();
  const alt =
    photo.takenAt === null
      ? t("photo.alt", { n: index + 1 })
      : t("photo.alt.time", { n: index + 1, time: moment(photo.takenAt) });
  return (
    <button type="button" class="photo-button pick" aria-pressed={chosen} onClick={turn}>
      <Picture photo={photo} size="small" eager={index < 6} alt={alt} />
      {chosen && (
        <span class="pick-mark">
          <Icon name="check" />
        </span>
      )}
    </button>
  );
}
