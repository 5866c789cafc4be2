import { useCallback, useEffect, useState } from "preact/hooks";
import { Link, useLocation, useSearch } from "wouter-preact";
import type { Welcome } from "../../../../src/http/contract/person.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { forgetAll, troubleOf, useLoad } from "../load.ts";
import { forgetPhotos } from "../photos.ts";
import { SignInByLink } from "../open/personal-link.tsx";
import { Page } from "../parts/page.tsx";
import { Show } from "../parts/states.tsx";
import { fetchLater } from "../use-later.ts";
import { drop, keep, kept, takeSecret } from "../visit.ts";
import { type Draft, freshDraft, joinBody, missingBefore, type Step, stepsOf } from "./draft.ts";
import { Keep, OfferPasskey } from "./kept.tsx";
import {
  AgeStep,
  CodeStep,
  CompanionsStep,
  FindMeStep,
  MajorityStep,
  UsesStep,
  WhoStep,
  Younger,
  YouStep,
} from "./steps.tsx";
import { First } from "./welcome.tsx";

const DRAFT = "join";

function firstDraft(): Draft | null {
  const secret = takeSecret();
  const before = kept<Draft>(DRAFT);
  if (secret === null) return before;
  return before?.invitation === secret ? before : freshDraft(secret);
}

/** Joining, from the invitation to the door of the person's own page. */
export function JoinPages() {
  const { t } = useWords();
  const [draft, setDraft] = useState(firstDraft);
  useEffect(() => {
    if (draft === null) drop(DRAFT);
    else keep(DRAFT, draft);
  }, [draft]);
  if (draft === null) {
    return (
      <Page title={t("join.nothing.title")}>
        <p>{t("join.nothing.says")}</p>
        <GetBackIn />
      </Page>
    );
  }
  return <Joining draft={draft} change={setDraft} />;
}

function Joining({
  draft,
  change,
}: {
  readonly draft: Draft;
  readonly change: (draft: Draft | null) => void;
}) {
  const { t } = useWords();
  const { load, again } = useLoad(`open ${draft.invitation}`, () => api.open(draft.invitation));
  // After joining, a single-use invitation opens nothing any more; what is left to show does not need it.
  if (draft.joined !== null) return <AfterJoining draft={draft} change={change} />;
  if (load.state === "ready") {
    const welcome = load.value;
    return <Decisions welcome={welcome} draft={{ ...draft, known: welcome.known }} change={change} />;
  }
  const gone = load.state === "failed" && (load.trouble.status === 404 || load.trouble.status === 403);
  return (
    <Page title={gone ? t("join.gone.title") : t("join.opening")}>
      {gone ? (
        <>
          <p>{t("join.gone.says")}</p>
          <GetBackIn />
        </>
      ) : (
        <Show load={load} again={again} lines={5}>
          {() => null}
        </Show>
      )}
    </Page>
  );
}

/** For whoever has joined before, and comes back by the invitation. */
function GetBackIn() {
  const { t } = useWords();
  return (
    <Link class="button plain" href="/recover">
      {t("recover.title")}
    </Link>
  );
}

export interface StepProps {
  readonly welcome: Welcome;
  readonly draft: Draft;
  readonly answer: (change: Partial<Draft>) => void;
  /** Goes to the next decision, with what has just been answered. */
  readonly next: (change?: Partial<Draft>) => void;
  readonly back: () => void;
  readonly progress: string;
}

function Decisions({
  welcome,
  draft,
  change,
}: {
  readonly welcome: Welcome;
  readonly draft: Draft;
  readonly change: (draft: Draft) => void;
}) {
  const { t, language } = useWords();
  const [, navigate] = useLocation();
  const asked = new URLSearchParams(useSearch()).get("step");
  const [failure, setFailure] = useState<ReturnType<typeof troubleOf> | null>(null);
  const [busy, setBusy] = useState(false);
  const steps = stepsOf(welcome, draft);
  const wanted = steps.find((one) => one === asked);
  const step = wanted === undefined ? null : (missingBefore(welcome, draft, wanted) ?? wanted);

  const answer = useCallback((part: Partial<Draft>) => change({ ...draft, ...part }), [draft, change]);
  if (welcome.kind === "personal")
    return <SignInByLink secret={draft.invitation} who={welcome.organisation} />;
  if (asked === "younger") return <Younger welcome={welcome} />;
  if (step === null || draft.way === null) {
    return (
      <First
        welcome={welcome}
        choose={(way) => {
          const chosen = { ...draft, way };
          // Fetched while the questions are answered; a failure shows on the page that needs them.
          fetchLater().catch(() => undefined);
          change(chosen);
          navigate(`/join?step=${stepsOf(welcome, chosen)[0] ?? "you"}`);
        }}
      />
    );
  }
  const props: StepProps = {
    welcome,
    draft,
    answer,
    next: (part = {}) => {
      const answered = { ...draft, ...part };
      change(answered);
      const order = stepsOf(welcome, answered);
      navigate(`/join?step=${order[order.indexOf(step) + 1] ?? "you"}`);
    },
    back: () => {
      const before = steps[steps.indexOf(step) - 1];
      navigate(before === undefined ? "/join" : `/join?step=${before}`);
    },
    progress: t("progress", { step: steps.indexOf(step) + 1, steps: steps.length }),
  };
  const join = () => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    api
      .join(joinBody(welcome, draft, language))
      .then((joined) => {
        forgetAll();
        forgetPhotos();
        change({ ...draft, joined });
        navigate("/join?step=keep", { replace: true });
      })
      .catch((error: unknown) => setFailure(troubleOf(error)))
      .finally(() => setBusy(false));
  };
  return <OneStep step={step} props={props} join={join} busy={busy} failure={failure} />;
}

function OneStep({
  step,
  props,
  join,
  busy,
  failure,
}: {
  readonly step: Step;
  readonly props: StepProps;
  readonly join: () => void;
  readonly busy: boolean;
  readonly failure: ReturnType<typeof troubleOf> | null;
}) {
  switch (step) {
    case "who":
      return <WhoStep {...props} />;
    case "code":
      return <CodeStep {...props} />;
    case "age":
      return <AgeStep {...props} />;
    case "majority":
      return <MajorityStep {...props} />;
    case "find-me":
      return <FindMeStep {...props} />;
    case "companions":
      return <CompanionsStep {...props} />;
    case "uses":
      return <UsesStep {...props} />;
    case "you":
      return <YouStep {...props} join={join} busy={busy} failure={failure} />;
  }
}

function AfterJoining({
  draft,
  change,
}: {
  readonly draft: Draft;
  readonly change: (draft: Draft | null) => void;
}) {
  const [, navigate] = useLocation();
  const asked = new URLSearchParams(useSearch()).get("step");
  const finish = () => {
    change(null);
    drop(DRAFT);
    navigate(draft.joined?.findMe === true ? "/me/selfie" : "/me", { replace: true });
  };
  const code = draft.joined?.recoveryCode ?? null;
  useEffect(() => {
    // Whoever joined as the person they are here has their code already.
    if (code === null) finish();
  }, []);
  if (code === null) return null;
  if (asked === "passkey") return <OfferPasskey done={finish} />;
  return (
    <Keep
      code={code}
      receipt={draft.joined?.receipt ?? ""}
      next={() => {
        if ("PublicKeyCredential" in window) navigate("/join?step=passkey");
        else finish();
      }}
    />
  );
}
