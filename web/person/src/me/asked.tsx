import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useDoing } from "../load.ts";
import { Choices } from "../parts/controls.tsx";
import { Picture, ratioStyle, Ring } from "../parts/picture.tsx";
import { Empty, TroubleNote, Waiting } from "../parts/states.tsx";
import { confirmFace, dropFace, lookAgain, usePhotos } from "../photos.ts";
import { MePage } from "./use-me.tsx";

/** Doubtful ones, one at a time and in the hidden view: only the person says. */
export function Asked() {
  const { t } = useWords();
  return <MePage title={t("asked.title")}>{() => <AskedPhotos />}</MePage>;
}

function AskedPhotos() {
  const { t, moment, number } = useWords();
  const { photos, phase, trouble } = usePhotos();
  const [later, setLater] = useState<ReadonlySet<string>>(new Set());
  const doing = useDoing();
  const asked = photos.filter((one) => one.state === "asked" && !later.has(one.face));
  const photo = asked[0];
  if (phase === "loading") return <Waiting />;
  if (phase === "failed" && trouble !== null) return <TroubleNote trouble={trouble} again={lookAgain} />;
  if (photo === undefined) {
    return (
      <Empty title={t("asked.none")}>
        <Link class="button plain" href="/me">
          {t("to-photos")}
        </Link>
      </Empty>
    );
  }
  const answer = (me: boolean) => () =>
    doing.run(async () => {
      await api.answer(photo.face, me);
      if (me) {
        confirmFace(photo.face);
        lookAgain();
      } else dropFace(photo.face);
    });
  return (
    <div class="asked">
      <p>{t("asked.says")}</p>
      <p class="quiet numbers" role="status">
        {t("asked.left", { n: asked.length })}
        {photo.takenAt !== null && ` · ${moment(photo.takenAt)}`}
      </p>
      <div class="framed fitted" key={photo.face} style={ratioStyle(photo)}>
        <Picture photo={photo} size="full" eager alt={t("asked.alt", { n: number(asked.length) })} />
        <Ring box={photo.box} photo={photo} />
      </div>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
      <Choices
        label={t("answers")}
        busy={doing.busy}
        choices={[
          { title: t("asked.me"), says: t("asked.me.says"), choose: answer(true) },
          { title: t("asked.not-me"), says: t("asked.not-me.says"), choose: answer(false) },
        ]}
      />
      <button
        type="button"
        class="button quiet-button"
        onClick={() => setLater(new Set([...later, photo.face]))}
      >
        {t("asked.later")}
      </button>
    </div>
  );
}
