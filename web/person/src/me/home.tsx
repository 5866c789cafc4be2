import { Link } from "wouter-preact";
import type { Me, PersonPhoto } from "../../../../src/http/contract/person.ts";
import { api, zipAddress } from "../api.ts";
import { useWords } from "../language.tsx";
import { useDoing } from "../load.ts";
import { Row } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { gridStyle, Picture } from "../parts/picture.tsx";
import { Empty, TroubleNote } from "../parts/states.tsx";
import { lookAgain, type Photos, usePhotos } from "../photos.ts";
import { isLive, MePage } from "./use-me.tsx";
import { Notices } from "./devices.tsx";
import type { Key } from "../words/fr.ts";

/** Photos first, then what needs an answer, then three quiet rows. */
export function Home() {
  const { t } = useWords();
  return (
    <MePage title={t("home.title")} back={null} wide>
      {(me, loaded) => <HomeOf me={me} again={loaded.again} />}
    </MePage>
  );
}

function HomeOf({ me, again }: { readonly me: Me; readonly again: () => void }) {
  const { t } = useWords();
  const found = usePhotos();
  const frozen = me.collections.every((one) => one.enrolment === "frozen");
  const mine = found.photos.filter((one) => one.state !== "asked");
  const asked = found.photos.filter((one) => one.state === "asked");
  return (
    <>
      <Notices me={me} again={again} />
      <Enrolment me={me} />
      {!frozen && <Progress found={found} />}
      {found.phase === "failed" && found.trouble !== null && (
        <TroubleNote trouble={found.trouble} again={lookAgain} />
      )}
      {found.phase === "loading" ? (
        // What stands below comes when its place is known.
        <div class="room">
          <GridSkeleton />
        </div>
      ) : (
        <Grid photos={mine} me={me} looking={found.phase === "looking"} />
      )}
      {mine.length > 0 && (
        <p class="buttons">
          <a class="button plain" href={zipAddress(null)} download>
            <Icon name="save" />
            {t("home.zip", { n: mine.length })}
          </a>
        </p>
      )}
      {asked.length > 0 && <NeedsYou n={asked.length} first={asked[0]} />}
      {found.phase === "done" && isShownSomewhere(me) && <ToConfirm photos={mine} />}
      {found.phase !== "loading" && <Rows browse={mine.length > 0 || found.phase === "looking"} />}
    </>
  );
}

/** The three quiet rows, and the way without face recognition, where an empty page does not offer it already. */
function Rows({ browse }: { readonly browse: boolean }) {
  const { t } = useWords();
  return (
    <nav class="rows" aria-label={t("home.more")}>
      {browse && (
        <Link href="/me/browse">
          <Row icon="grid" title={t("browse.title")} says={t("home.browse.says")} />
        </Link>
      )}
      <Link href="/me/choices">
        <Row icon="choices" title={t("choices.title")} says={t("home.choices.says")} />
      </Link>
      <Link href="/me/looks">
        <Row icon="eye" title={t("looks.title")} says={t("home.looks.says")} />
      </Link>
      <Link href="/me/leave">
        <Row icon="leave" title={t("leave.title")} says={t("home.leave.says")} />
      </Link>
    </nav>
  );
}

/** Whether a channel outside the collection shows them: there the organisation may ask for what they confirmed themselves. */
function isShownSomewhere(me: Me): boolean {
  return me.consents.some((one) => one.purpose === "publish" && one.channel !== "companions" && one.live);
}

function ToConfirm({ photos }: { readonly photos: readonly PersonPhoto[] }) {
  const { t } = useWords();
  const n = photos.filter((one) => one.state === "matched").length;
  if (n === 0) return null;
  return (
    <section class="card" aria-labelledby="to-confirm">
      <h2 id="to-confirm">{t("to-confirm.title")}</h2>
      <p>{t("to-confirm.says", { n })}</p>
      <Link class="button plain" href="/me/confirm">
        {t("to-confirm.look")}
      </Link>
    </section>
  );
}

function isUnfinished(me: Me): boolean {
  return me.collections.some(
    (one) => one.matching === "enrolled" && (one.enrolment === "none" || one.enrolment === "provisional"),
  );
}

/** On the day on which they come of age, and after it, until they have taken over. */
function OfAge() {
  const { t } = useWords();
  const doing = useDoing();
  return (
    <div class="notice amber">
      <p>
        <strong>{t("me.of-age.title")}</strong> {t("me.of-age.says")}
      </p>
      <button
        type="button"
        class="button main"
        disabled={doing.busy}
        onClick={() =>
          doing.run(async () => {
            await api.takeOver();
            location.assign("/me/choices");
          })
        }
      >
        {t("me.of-age.go")}
      </button>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
    </div>
  );
}

/** Where the search cannot begin, or waits for somebody. */
function Enrolment({ me }: { readonly me: Me }) {
  const { t } = useWords();
  if (me.collections.some((one) => one.enrolment === "frozen")) {
    return (
      <div class="notice amber">
        <p>
          <strong>{t("frozen.title")}</strong> {t("frozen.says", { organisation: me.organisation })}
        </p>
      </div>
    );
  }
  if (!me.guardian && me.majorityAt !== null && Date.parse(me.majorityAt) <= Date.now()) return <OfAge />;
  if (me.consents.some((one) => one.waiting)) {
    return (
      <div class="notice amber">
        <p>{t("me.waiting")}</p>
      </div>
    );
  }
  if (!isUnfinished(me) || !isLive(me, "find-me")) return null;
  return (
    <div class="notice amber">
      <p>
        <strong>{t("home.unfinished.title")}</strong> {t("home.unfinished.says")}
      </p>
      <Link class="button plain" href="/me/selfie">
        <Icon name="camera" />
        {t("home.unfinished.go")}
      </Link>
    </div>
  );
}

function Progress({ found }: { readonly found: Photos }) {
  const { t, number } = useWords();
  const progress = found.progress;
  const words =
    found.phase === "looking" && progress !== null && progress.of > 0
      ? t("home.looking", { looked: number(progress.looked), of: number(progress.of) })
      : found.phase === "loading" || found.phase === "looking"
        ? t("home.opening")
        : progress !== null && progress.of > 0
          ? t("home.looked", { n: progress.of })
          : "";
  if (words === "") return null;
  const share = progress === null || progress.of === 0 ? 0 : progress.looked / progress.of;
  return (
    <div class="progress">
      <p class="numbers" role="status">
        {words}
      </p>
      <span class={found.phase === "looking" ? "bar" : "bar still"} aria-hidden="true">
        <span style={{ transform: `scaleX(${found.phase === "looking" ? share : 0})` }} />
      </span>
    </div>
  );
}

function Grid({
  photos,
  me,
  looking,
}: {
  readonly photos: readonly PersonPhoto[];
  readonly me: Me;
  readonly looking: boolean;
}) {
  const { t, moment } = useWords();
  if (photos.length === 0) {
    if (looking) return <GridSkeleton />;
    return (
      <Empty
        title={
          me.guardian ? t("home.none.title.child", { name: me.name ?? t("me.child") }) : t("home.none.title")
        }
      >
        <p>{t(whyNone(me))}</p>
        <Link class="button plain" href="/me/browse">
          <Icon name="grid" />
          {t("browse.title")}
        </Link>
      </Empty>
    );
  }
  return (
    <ul class="grid">
      {photos.map((photo, index) => (
        <li key={photo.face} style={gridStyle(photo)}>
          <Link href={`/me/photo/${photo.id}`}>
            <Picture
              photo={photo}
              size="small"
              eager={index < 6}
              alt={
                photo.takenAt === null
                  ? t("photo.alt", { n: index + 1 })
                  : t("photo.alt.time", { n: index + 1, time: moment(photo.takenAt) })
              }
            />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function whyNone(me: Me): Key {
  const waits = me.consents.some((one) => one.waiting);
  if (waits || me.collections.some((one) => one.enrolment === "frozen")) return "home.none.frozen";
  if (!isLive(me, "find-me")) return "home.none.without";
  return isUnfinished(me) ? "home.none.unfinished" : "home.none.found";
}

/** Shapes that photos have most often, until the real ones are known. */
const SHAPES = [
  { width: 3, height: 2 },
  { width: 2, height: 3 },
  { width: 3, height: 2 },
  { width: 4, height: 3 },
] as const;

function GridSkeleton() {
  return (
    <ul class="grid" aria-hidden="true">
      {SHAPES.map((shape, index) => (
        <li key={index} style={gridStyle(shape)}>
          <span class="picture coming" style={{ aspectRatio: `${shape.width} / ${shape.height}` }} />
        </li>
      ))}
    </ul>
  );
}

function NeedsYou({ n, first }: { readonly n: number; readonly first: PersonPhoto | undefined }) {
  const { t } = useWords();
  return (
    <section class="needs-you" aria-labelledby="needs-you">
      {first !== undefined && (
        <span class="needs-picture">
          <Picture photo={first} size="small" alt="" />
        </span>
      )}
      <div>
        <h2 id="needs-you">{t("needs-you.title")}</h2>
        <p>{t("needs-you.says", { n })}</p>
        <Link class="button amber" href="/me/asked">
          {t("needs-you.look")}
        </Link>
      </div>
    </section>
  );
}
