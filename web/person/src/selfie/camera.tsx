import type { ComponentChildren, RefObject } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { api, type Trouble } from "../api.ts";
import { Head, type HeadPose } from "../drawings/head.tsx";
import { useWords } from "../language.tsx";
import { troubleOf } from "../load.ts";
import { Icon } from "../parts/icons.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { lookAgain } from "../photos.ts";
import { sendFrames } from "./frames.ts";
import { type Instruction, settle, type Shown } from "./instruction.ts";

type State =
  | { readonly at: "opening" }
  | { readonly at: "no-camera" | "not-allowed" | "camera-busy" }
  | { readonly at: "running" }
  | { readonly at: "refused"; readonly reason: string; readonly triesLeft: number }
  | { readonly at: "trouble"; readonly trouble: Trouble }
  | { readonly at: "expired" | "frozen" | "passed" };

const REASONS = [
  "timing",
  "too-few-frames",
  "no-face",
  "several-faces",
  "different-faces",
  "pose-does-not-follow",
  "distance-does-not-follow",
  "flat",
  "poor-face",
] as const;

/** The camera, one calm instruction at a time, and how it ended. */
export function Camera({
  organisation,
  otherWays,
}: {
  readonly organisation: string;
  readonly otherWays: () => void;
}) {
  const { t } = useWords();
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<State>({ at: "opening" });
  const [shown, setShown] = useState<Shown | null>(null);
  const [tries, setTries] = useState(0);

  useEffect(() => {
    const ended = new AbortController();
    let stream: MediaStream | null = null;
    const close = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    setState({ at: "opening" });
    setShown(null);
    void run();
    return () => {
      ended.abort();
      close();
    };

    async function run(): Promise<void> {
      try {
        stream = await openCamera();
      } catch (error) {
        if (!ended.signal.aborted) setState({ at: whyNoCamera(error) });
        return;
      }
      const element = video.current;
      if (ended.signal.aborted || element === null) {
        close();
        return;
      }
      element.srcObject = stream;
      try {
        await element.play();
        const challenge = await api.challenge();
        if (ended.signal.aborted) return;
        setState({ at: "running" });
        await sendFrames(
          element,
          challenge,
          (answer) => {
            if (answer.state === "going-on") setShown((before) => settle(before, answer, performance.now()));
            else if (answer.state === "refused")
              setState({ at: "refused", reason: answer.reason, triesLeft: answer.triesLeft });
            else setState({ at: answer.state });
          },
          ended.signal,
        );
      } catch (error) {
        const trouble = troubleOf(error);
        // The challenge's time is over, or another page of this person began one.
        if (!ended.signal.aborted)
          setState(trouble.status === 404 ? { at: "expired" } : { at: "trouble", trouble });
      } finally {
        close();
      }
    }
  }, [tries]);

  const again = useCallback(() => setTries((before) => before + 1), []);
  if (state.at === "opening" || state.at === "running") {
    return (
      <>
        <div class="camera">
          <Guide shown={state.at === "running" ? shown : null} />
          <div class="preview">
            <video ref={video} muted playsInline aria-label={t("camera.preview")} />
          </div>
        </div>
        <p class="quiet">{t("camera.kept")}</p>
        <button type="button" class="button quiet-button" onClick={otherWays}>
          {t("selfie.others")}
        </button>
      </>
    );
  }
  return <Ended state={state} organisation={organisation} again={again} otherWays={otherWays} />;
}

async function openCamera(): Promise<MediaStream> {
  // Without https a browser has no `mediaDevices` at all.
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (devices === undefined) throw new DOMException("no secure origin", "NotFoundError");
  return await devices.getUserMedia({
    audio: false,
    video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } },
  });
}

function whyNoCamera(error: unknown): "no-camera" | "not-allowed" | "camera-busy" {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "not-allowed";
  if (name === "NotReadableError" || name === "AbortError") return "camera-busy";
  return "no-camera";
}

function poseOf(instruction: Instruction | null): HeadPose {
  switch (instruction) {
    case "prompt.turn-left":
      return "left";
    case "prompt.turn-right":
      return "right";
    case "prompt.closer":
    case "advice.closer":
      return "closer";
    case "prompt.back":
    case "advice.further":
      return "back";
    case "prompt.look-straight":
    case "advice.straight":
    case "advice.hold-still":
    case "advice.no-face":
    case "advice.several-faces":
    case "advice.to-the-light":
    case null:
      return "straight";
  }
}

function Guide({ shown }: { readonly shown: Shown | null }) {
  const { t } = useWords();
  return (
    <div class="guide">
      <Head pose={poseOf(shown?.instruction ?? null)} />
      <div>
        <p class="instruction" role="status">
          {shown === null ? t("camera.opening") : t(shown.instruction)}
        </p>
        <p class="quiet numbers">
          {shown === null
            ? "\u00a0"
            : t("progress", { step: Math.min(shown.step + 1, shown.steps), steps: shown.steps })}
        </p>
      </div>
    </div>
  );
}

function Ended({
  state,
  organisation,
  again,
  otherWays,
}: {
  readonly state: Exclude<State, { at: "opening" | "running" }>;
  readonly organisation: string;
  readonly again: () => void;
  readonly otherWays: () => void;
}) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const others = (
    <button type="button" class="button plain" onClick={otherWays}>
      {t("selfie.others")}
    </button>
  );
  const retry = (
    <button type="button" class="button main" onClick={again}>
      <Icon name="camera" />
      {t("camera.again")}
    </button>
  );
  switch (state.at) {
    case "passed":
      return (
        <Outcome heading={heading} title={t("passed.title")} says={t("passed.says")}>
          <button
            type="button"
            class="button main"
            onClick={() => {
              lookAgain();
              navigate("/me", { replace: true });
            }}
          >
            {t("passed.see")}
          </button>
        </Outcome>
      );
    case "frozen":
      return (
        <Outcome heading={heading} title={t("frozen.title")} says={t("frozen.says", { organisation })}>
          <Link class="button plain" href="/me">
            {t("to-photos")}
          </Link>
        </Outcome>
      );
    case "refused": {
      const reason = REASONS.find((one) => one === state.reason) ?? "other";
      return (
        <Outcome heading={heading} title={t("refused.title")} says={t(`refused.${reason}`)}>
          <p class="quiet">{t("refused.tries", { n: state.triesLeft })}</p>
          {state.triesLeft > 0 && retry}
          {others}
        </Outcome>
      );
    }
    case "trouble":
      return (
        <Outcome heading={heading} title={t("camera.stopped")}>
          <TroubleNote
            trouble={state.trouble}
            hint={state.trouble.status === 429 ? t("refused.tries", { n: 0 }) : undefined}
          />
          {retry}
          {others}
        </Outcome>
      );
    case "expired":
    case "no-camera":
    case "not-allowed":
    case "camera-busy":
      return (
        <Outcome heading={heading} title={t(`${state.at}.title`)} says={t(`${state.at}.says`)}>
          {retry}
          {others}
        </Outcome>
      );
  }
}

function Outcome({
  heading,
  title,
  says,
  children,
}: {
  readonly heading: RefObject<HTMLHeadingElement>;
  readonly title: string;
  readonly says?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="card outcome">
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {says !== undefined && <p>{says}</p>}
      <div class="buttons">{children}</div>
    </section>
  );
}
