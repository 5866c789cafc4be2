import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api } from "../api.ts";
import { useWords, type Words } from "../language.tsx";
import { useLoad } from "../load.ts";
import { SaveText } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { Page } from "../parts/page.tsx";
import { keep, kept, takeSecret } from "../visit.ts";
import type { Key } from "../words/fr.ts";
import { inFrench } from "./receipt-french.ts";
import { readReceipt, type Answer, type ConsentSaid, type ErasureSaid } from "./receipt-payload.ts";

const RECEIPT = "receipt";

/** The link to the page on which a receipt is read and printed. The receipt itself goes by the tab's own storage. */
export function ReadReceipt({ receipt }: { readonly receipt: string }) {
  const { t } = useWords();
  return (
    <Link class="button plain" href="/receipt" onClick={() => keep(RECEIPT, receipt)}>
      <Icon name="receipt" />
      {t("receipt.read")}
    </Link>
  );
}

/** A receipt in plain words, made for printing. It comes from the page before, or behind the `#` of a link. */
export function ReceiptPage() {
  const { t } = useWords();
  const [text] = useState(() => {
    const behind = takeSecret();
    if (behind !== null) keep(RECEIPT, behind);
    return behind ?? kept<string>(RECEIPT);
  });
  const said = text === null ? undefined : readReceipt(text);
  if (text === null || said === undefined) {
    return (
      <Page title={t("receipt.title")} back="/verify">
        <p>{text === null ? t("receipt.none") : t("receipt.unread")}</p>
        <p>
          <Link href="/verify">{t("footer.verify")}</Link>
        </p>
      </Page>
    );
  }
  return (
    <Page
      title={t(said.kind === "consent" ? "receipt.consent" : "receipt.erasure")}
      back={() => history.back()}
    >
      <Genuine receipt={text} />
      {said.kind === "consent" ? <Consent said={said} /> : <Erasure said={said} />}
      <Proof said={said} />
      <p class="quiet">{t("verify.means")}</p>
      <div class="buttons screen-only">
        <button type="button" class="button main" onClick={() => print()}>
          {t("receipt.print")}
        </button>
        <SaveText text={text} name="assent-receipt.txt" label={t("left.save")} />
      </div>
    </Page>
  );
}

/** What the page says is worth as much as the signature: that is looked at first. */
function Genuine({ receipt }: { readonly receipt: string }) {
  const { t } = useWords();
  const { load } = useLoad(`verify ${receipt}`, () => api.verify(receipt));
  const key: Key =
    load.state === "loading"
      ? "verify.checking"
      : load.state === "failed"
        ? "receipt.unchecked"
        : load.value.valid
          ? "verify.valid"
          : "verify.invalid";
  return (
    <p
      role="status"
      class={`genuine verdict ${key === "verify.valid" ? "" : key === "verify.invalid" ? "not" : "pending"}`}
    >
      {t(key)}
    </p>
  );
}

function Fact({ name, children }: { readonly name: Key; readonly children: preact.ComponentChildren }) {
  const { t } = useWords();
  return (
    <div>
      <dt>{t(name)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Consent({ said }: { readonly said: ConsentSaid }) {
  const { t, moment } = useWords();
  const { controller } = said;
  return (
    <>
      <dl class="facts">
        <Fact name="receipt.signed">{moment(said.issued)}</Fact>
        <Fact name="receipt.collection">{said.collection}</Fact>
        {controller !== undefined && (
          <Fact name="receipt.controller">
            {[controller.name, controller.address, controller.contact].filter(Boolean).join(", ")}
          </Fact>
        )}
        <Fact name="receipt.for">{said.purpose}</Fact>
      </dl>
      <Answers heading="receipt.given" answers={said.given} />
      <Answers heading="receipt.refused" answers={said.refused} />
      <h2>{t("receipt.withdraw")}</h2>
      <p>
        {t("receipt.withdraw.says")}{" "}
        {controller !== undefined && <span class="address">{controller.page}</span>}
      </p>
      <h2>{t("receipt.rights")}</h2>
      <p>{t("receipt.rights.says")}</p>
    </>
  );
}

function Answers({ heading, answers }: { readonly heading: Key; readonly answers: readonly Answer[] }) {
  const { t, moment, day } = useWords();
  if (answers.length === 0) return null;
  return (
    <section>
      <h2>{t(heading)}</h2>
      <ul class="plain-list">
        {answers.map((one) => (
          <li key={one.id} class="answer">
            <p>
              <strong>{useIn(t, one)}</strong>
            </p>
            {one.text !== undefined && <p lang={one.language}>{one.text}</p>}
            <p class="quiet">
              {heading === "receipt.given"
                ? t("receipt.from-until", { from: moment(one.at), until: day(one.until) })
                : moment(one.at)}
              {", "}
              {t(`receipt.how.${one.how}` as Key)}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function useIn(t: Words["t"], { purpose, channel }: Answer): string {
  if (channel === null) return t(`purpose.${purpose}` as Key);
  if (channel === "companions") return t("purpose.publish.companions");
  return t("purpose.publish.channel", { channel });
}

function Erasure({ said }: { readonly said: ErasureSaid }) {
  const { t, moment, day, number } = useWords();
  return (
    <>
      <dl class="facts">
        <Fact name="receipt.stopped">{moment(said.stoppedAt)}</Fact>
        <Fact name="receipt.erased-at">{moment(said.erasedAt)}</Fact>
        <Fact name="receipt.keys">{day(said.keysSince)}</Fact>
      </dl>
      <Counts heading="receipt.erased" rows={said.erased} none="receipt.erased.none" />
      <section>
        <h2>{t("receipt.stays")}</h2>
        <ul class="said">
          {said.stays.map((one) => (
            <li key={one.what}>
              <Said>{one.what}</Said>
              {t("receipt.colon")}
              <Said>{one.why}</Said>
            </li>
          ))}
        </ul>
      </section>
      <Counts heading="receipt.left" rows={said.left} none="receipt.left.none" />
      <section>
        <h2>{t("receipt.checks")}</h2>
        <ul class="said">
          {said.checks.map(([check, residue]) => (
            <li key={check}>
              <Said>{check}</Said>
              {t("receipt.colon")}
              {residue === 0 ? t("receipt.check.fine") : t("receipt.check.left", { n: number(residue) })}
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function Counts({
  heading,
  rows,
  none,
}: {
  readonly heading: Key;
  readonly rows: readonly (readonly [string, number])[];
  readonly none: Key;
}) {
  const { t, number } = useWords();
  return (
    <section>
      <h2>{t(heading)}</h2>
      {rows.length === 0 ? (
        <p>{t(none)}</p>
      ) : (
        <ul class="said">
          {rows.map(([what, count]) => (
            <li key={what}>
              <Said>{what}</Said>
              {t("receipt.colon")}
              <span class="numbers">{number(count)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** The receipt's own words, which are English. In French where the sentence is known; else as they were signed. */
function Said({ children: words }: { readonly children: string }) {
  const { language } = useWords();
  const french = language === "fr" ? inFrench(words) : undefined;
  return french === undefined ? <span lang="en">{words}</span> : <span>{french}</span>;
}

function Proof({ said }: { readonly said: ConsentSaid | ErasureSaid }) {
  const { t } = useWords();
  return (
    <details class="proof" open>
      <summary>{t("receipt.proof")}</summary>
      <dl class="facts">
        <Fact name="receipt.number">
          <span class="address">{said.id}</span>
        </Fact>
        <Fact name="receipt.fingerprint">
          <span class="address">{said.fingerprint}</span>
        </Fact>
        {said.head !== undefined && (
          <Fact name="receipt.log">
            {t("receipt.log.entries", { n: said.head.size })} <span class="address">{said.head.root}</span>
          </Fact>
        )}
      </dl>
    </details>
  );
}
