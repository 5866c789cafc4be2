import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Me, Standing } from "../../../../src/http/contract/person.ts";
import { api, DATA_ADDRESS } from "../api.ts";
import { LANGUAGES, useWords } from "../language.tsx";
import { useDoing } from "../load.ts";
import { Field, Row, Switch } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { SignedText, titleOf } from "../parts/signed-text.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { lookAgain } from "../photos.ts";
import { COMPANIONS } from "../join/draft.ts";
import { Devices, NewCode, Passkeys } from "./devices.tsx";
import { AddressState } from "./address.tsx";
import { MePage } from "./use-me.tsx";

/** Every use as a switch with its date and the text behind it. */
export function ChoicesPage() {
  const { t } = useWords();
  return (
    <MePage title={t("choices.title")}>{(me, loaded) => <ChoicesOf me={me} again={loaded.again} />}</MePage>
  );
}

/** Bound to no collection: they hold for all that this person joined. */
const EVERYWHERE: readonly Standing["purpose"][] = ["keep-template", "contact"];

/** One line for each use that can be agreed to, also for those that have not been answered, in the order of the texts. */
function usesOf(me: Me): readonly Standing[] {
  const uses: Standing[] = [];
  for (const { purpose, channel } of me.texts) {
    const places = EVERYWHERE.includes(purpose)
      ? [null]
      : me.collections
          .filter(
            (one) =>
              channel === null || channel === COMPANIONS || one.channels.some((its) => its.name === channel),
          )
          .map((one) => one.id);
    const answered = me.consents.filter((one) => one.purpose === purpose && one.channel === channel);
    uses.push(...answered);
    for (const collection of places) {
      if (answered.some((one) => one.collection === collection || EVERYWHERE.includes(purpose))) continue;
      uses.push({
        purpose,
        channel,
        collection,
        live: false,
        waiting: false,
        textChanged: false,
        since: null,
        until: null,
      });
    }
  }
  return uses;
}

function ChoicesOf({ me, again }: { readonly me: Me; readonly again: () => void }) {
  const { t, language, choose } = useWords();
  return (
    <>
      <p>{t("choices.says")}</p>
      <ul class="uses">
        {usesOf(me).map((one) => (
          <Use key={`${one.purpose} ${one.channel} ${one.collection}`} me={me} use={one} again={again} />
        ))}
      </ul>
      <nav class="rows" aria-label={t("choices.more")}>
        <Link href="/me/selfie">
          <Row icon="camera" title={t("choices.selfie")} says={t("choices.selfie.says")} />
        </Link>
        <Link href="/me/shown">
          <Row icon="eye" title={t("shown.title")} says={t("choices.shown.says")} />
        </Link>
        <a href={DATA_ADDRESS} download="assent-my-data.json">
          <Row icon="save" title={t("choices.data")} says={t("choices.data.says")} end={<span />} />
        </a>
      </nav>
      <h2>{t("choices.language")}</h2>
      <div class="segments" role="group" aria-label={t("choices.language")}>
        {LANGUAGES.map((one) => (
          <button
            type="button"
            key={one}
            lang={one}
            aria-pressed={one === language}
            onClick={() => choose(one)}
          >
            {one === language && <Icon name="check" />}
            {t(`language.${one}`)}
          </button>
        ))}
      </div>
      <Devices me={me} again={again} />
      <Passkeys me={me} again={again} />
      <NewCode />
      <p class="last">
        <Link class="button plain" href="/me/leave">
          <Icon name="leave" />
          {t("leave.title")}
        </Link>
      </p>
    </>
  );
}

function Use({ me, use, again }: { readonly me: Me; readonly use: Standing; readonly again: () => void }) {
  const { t, language, day, duration } = useWords();
  const doing = useDoing();
  const [done, setDone] = useState("");
  const [email, setEmail] = useState<string | null>(null);
  const text = me.texts.find((one) => one.purpose === use.purpose && one.channel === use.channel);
  const id = `use-${use.purpose}-${(use.channel ?? "").replace(/\W+/g, "-")}-${use.collection ?? ""}`;
  const collection = me.collections.find((one) => one.id === use.collection);
  const title = titleOf(t, use);
  const set = (on: boolean, address?: string) =>
    doing.run(async () => {
      setDone("");
      const { purpose, channel } = use;
      const answer = await api.switchConsent({
        purpose,
        channel,
        collection: use.collection,
        on,
        language,
        ...(address === undefined ? {} : { email: address }),
      });
      setEmail(null);
      setDone(doneWords(answer.stoppedMs, answer.erasedMs));
      again();
      if (purpose === "find-me" || purpose === "publish") lookAgain();
    });
  return (
    <li class="use">
      <div class="use-line">
        <span class="use-words">
          <span class="use-title" id={id}>
            {title}
          </span>
          <span class="quiet">{stateWords()}</span>
        </span>
        <Switch
          on={use.live || use.waiting}
          busy={doing.busy}
          labelledBy={id}
          change={(on) => {
            // Written to needs an address; the switch moves once it is there.
            if (on && use.purpose === "contact") setEmail("");
            else set(on);
          }}
        />
      </div>
      {email !== null && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            set(true, email);
          }}
        >
          <Field
            label={t("you.email")}
            value={email}
            change={setEmail}
            type="email"
            autoComplete="email"
            required
          />
          <div class="buttons">
            <button type="submit" class="button main">
              {t("choices.email.on")}
            </button>
            <button type="button" class="button plain" onClick={() => setEmail(null)}>
              {t("cancel")}
            </button>
          </div>
        </form>
      )}
      {use.purpose === "contact" && use.live && (
        <div class="use-address">
          <AddressState me={me} again={again} />
        </div>
      )}
      {use.textChanged && (
        <div class="use-address">
          <p>{t("choices.text-changed")}</p>
          {text !== undefined && <SignedText text={text} />}
          <button type="button" class="button plain" disabled={doing.busy} onClick={() => set(true)}>
            {t("choices.agree-anew")}
          </button>
        </div>
      )}
      <p role="status" class="use-done">
        {doing.busy ? t("choices.doing") : done}
      </p>
      {text !== undefined && !use.textChanged && (
        <details>
          <summary>{t("choices.text")}</summary>
          <SignedText text={text} />
        </details>
      )}
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
    </li>
  );

  function doneWords(stoppedMs: number | null, erasedMs: number | null): string {
    if (stoppedMs === null) return t("choices.done");
    const stopped = duration(stoppedMs);
    if (erasedMs === null) return t("choices.stopped", { stopped });
    const erased = duration(erasedMs);
    return stopped === erased
      ? t("choices.erased.both", { erased })
      : t("choices.erased", { stopped, erased });
  }

  function stateWords(): string {
    const where = collection === undefined || me.collections.length < 2 ? "" : ` · ${collection.name}`;
    if (use.waiting) return t("choices.waiting") + where;
    if (use.live && use.since !== null) {
      return (
        (use.until === null
          ? t("choices.since", { since: day(use.since) })
          : t("choices.since-until", { since: day(use.since), until: day(use.until) })) + where
      );
    }
    return (
      (use.since === null ? t("choices.off") : t("choices.off-since", { since: day(use.since) })) + where
    );
  }
}
