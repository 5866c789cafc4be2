import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Left, Me } from "../../../../src/http/contract/person.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { forgetAll, useDoing, useLoad } from "../load.ts";
import { ReadReceipt } from "../open/receipt.tsx";
import { CopyButton, SaveText } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { Page } from "../parts/page.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { forgetPhotos } from "../photos.ts";
import { drop, keep, kept } from "../visit.ts";
import { MePage } from "./use-me.tsx";

const LEFT = "left";

/** Leaving: what happens, one tap, then the receipt. The receipt outlives a reload, for it can be had only once. */
export function LeavePage() {
  const { t } = useWords();
  const [left, setLeft] = useState(() => kept<Left>(LEFT));
  if (left !== null) return <LeftPage left={left} />;
  return (
    <MePage title={t("leave.title")}>
      {(me) => (
        <Leaving
          me={me}
          gone={(answer) => {
            keep(LEFT, answer);
            drop("join");
            forgetAll();
            forgetPhotos();
            setLeft(answer);
          }}
        />
      )}
    </MePage>
  );
}

function Leaving({ me, gone }: { readonly me: Me; readonly gone: (left: Left) => void }) {
  const { t } = useWords();
  const doing = useDoing();
  return (
    <>
      <div class="signed">
        <p class="signed-words">
          <strong>{t("leave.text.first")}</strong> {t("leave.text.rest", { n: me.left })}
        </p>
      </div>
      <p>{t("leave.stays")}</p>
      <p class="quiet">{t("leave.receipt")}</p>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
      <div class="buttons">
        <button
          type="button"
          class="button danger"
          aria-disabled={doing.busy}
          onClick={() => doing.run(async () => gone(await api.leave()))}
        >
          <Icon name="leave" />
          {doing.busy ? t("leave.doing") : t("leave.now")}
        </button>
        <Link class="button plain" href="/me">
          {t("leave.stay")}
        </Link>
      </div>
      <p>
        <Link href="/me/choices">{t("leave.part")}</Link>
      </p>
    </>
  );
}

function LeftPage({ left }: { readonly left: Left }) {
  const { t, clock, day, duration } = useWords();
  const [checked, setChecked] = useState(false);
  return (
    <Page key="left" title={t("left.title", { time: clock(left.at) })}>
      <p>{t("left.says")}</p>
      <dl class="facts">
        <div>
          <dt>{t("left.when")}</dt>
          <dd>
            {day(left.at)}, {clock(left.at)}
          </dd>
        </div>
        <div>
          <dt>{t("left.stopped")}</dt>
          <dd class="numbers">{duration(left.stoppedMs)}</dd>
        </div>
        <div>
          <dt>{t("left.erased")}</dt>
          <dd class="numbers">{left.erasedMs === null ? t("left.erasing") : duration(left.erasedMs)}</dd>
        </div>
        <div>
          <dt>{t("left.earlier")}</dt>
          <dd>{t("left.earlier.n", { n: left.leftEarlier })}</dd>
        </div>
      </dl>
      <div class="card keep">
        <p class="quiet" id="claim-label">
          {t("left.claim")}
        </p>
        <p class="big-code" role="group" aria-labelledby="claim-label">
          {left.claimCode}
        </p>
        <p class="quiet">{t("left.claim.says")}</p>
        <div class="buttons">
          <SaveText text={left.receipt} name="assent-receipt.txt" label={t("left.save")} />
          <ReadReceipt receipt={left.receipt} />
          <CopyButton text={left.claimCode} label={t("left.copy")} />
        </div>
      </div>
      {checked ? (
        <Checked receipt={left.receipt} />
      ) : (
        <button type="button" class="button plain" onClick={() => setChecked(true)}>
          <Icon name="receipt" />
          {t("left.check")}
        </button>
      )}
    </Page>
  );
}

function Checked({ receipt }: { readonly receipt: string }) {
  const { t } = useWords();
  const { load, again } = useLoad(`verify ${receipt}`, () => api.verify(receipt));
  if (load.state === "failed") return <TroubleNote trouble={load.trouble} again={again} />;
  return (
    <p
      role="status"
      class={load.state === "ready" ? (load.value.valid ? "verdict" : "verdict not") : "quiet"}
    >
      {load.state === "ready" && <Icon name={load.value.valid ? "check" : "cross"} />}{" "}
      {load.state === "loading"
        ? t("verify.checking")
        : load.value.valid
          ? t("verify.valid")
          : t("verify.invalid")}
    </p>
  );
}
