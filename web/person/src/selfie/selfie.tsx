import type { FunctionComponent } from "preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Me } from "../../../../src/http/contract/person.ts";
import { Head } from "../drawings/head.tsx";
import { useWords } from "../language.tsx";
import { Icon } from "../parts/icons.tsx";
import { isLive, MePage } from "../me/use-me.tsx";
import { Empty } from "../parts/states.tsx";

interface CameraProps {
  readonly organisation: string;
  readonly otherWays: () => void;
}

/** What the selfie is for, before any camera is asked for; the code of the camera is loaded by the tap that opens it. */
export function SelfiePage() {
  const { t } = useWords();
  const [view, setView] = useState<SelfieView>("before");
  if (view === "others") {
    const camera = () => setView("before");
    return (
      <MePage key="others" title={t("selfie.others")} back={camera}>
        {(me) => <OtherWays organisation={me.organisation} camera={camera} />}
      </MePage>
    );
  }
  return (
    <MePage key="selfie" title={t("selfie.title")}>
      {(me) => <Selfie me={me} view={view} setView={setView} />}
    </MePage>
  );
}

type SelfieView = "before" | "camera" | "others";

function Selfie({
  me,
  view,
  setView,
}: {
  readonly me: Me;
  readonly view: SelfieView;
  readonly setView: (view: SelfieView) => void;
}) {
  const { t } = useWords();
  const [Camera, setCamera] = useState<FunctionComponent<CameraProps> | null>(null);
  const [failed, setFailed] = useState(false);
  if (!isLive(me, "find-me")) {
    return (
      <Empty title={t("selfie.no-consent")}>
        <div class="buttons">
          <Link class="button plain" href="/me/choices">
            {t("choices.title")}
          </Link>
          <Link class="button plain" href="/me">
            {t("to-photos")}
          </Link>
        </div>
      </Empty>
    );
  }
  if (view === "camera" && Camera !== null) {
    return <Camera organisation={me.organisation} otherWays={() => setView("others")} />;
  }
  const open = () => {
    setFailed(false);
    import("./camera.tsx").then(
      (loaded) => {
        setCamera(() => loaded.Camera);
        setView("camera");
      },
      () => setFailed(true),
    );
  };
  return (
    <>
      <div class="selfie-drawing">
        <Head pose="straight" />
      </div>
      <p>{t("selfie.says")}</p>
      <p class="quiet">{t("selfie.kept")}</p>
      {failed && (
        <p role="alert" class="notice amber">
          {t("trouble.offline.title")} {t("trouble.offline.remedy")}
        </p>
      )}
      <div class="choices" role="group" aria-label={t("answers")}>
        <button type="button" class="choice" onClick={open}>
          <span class="choice-words">
            <span class="choice-title">
              <Icon name="camera" /> {t("selfie.open")}
            </span>
            <span class="choice-says">{t("selfie.open.says")}</span>
          </span>
        </button>
        <button type="button" class="choice" onClick={() => setView("others")}>
          <span class="choice-words">
            <span class="choice-title">
              <Icon name="person" /> {t("selfie.others")}
            </span>
            <span class="choice-says">{t("selfie.others.says")}</span>
          </span>
        </button>
      </div>
    </>
  );
}

function OtherWays({ organisation, camera }: { readonly organisation: string; readonly camera: () => void }) {
  const { t } = useWords();
  return (
    <>
      <p>{t("others.says")}</p>
      <ul class="ways">
        <li>
          <h2>{t("others.desk")}</h2>
          <p>{t("others.desk.says", { organisation })}</p>
        </li>
        <li>
          <h2>{t("others.card")}</h2>
          <p>{t("others.card.says")}</p>
        </li>
        <li>
          <h2>{t("others.tag")}</h2>
          <p>{t("others.tag.says")}</p>
          <Link class="button plain" href="/me/browse">
            <Icon name="grid" />
            {t("browse.title")}
          </Link>
        </li>
      </ul>
      <div class="buttons">
        <button type="button" class="button plain" onClick={camera}>
          <Icon name="camera" />
          {t("others.camera")}
        </button>
        <Link class="button plain" href="/me">
          {t("to-photos")}
        </Link>
      </div>
    </>
  );
}
