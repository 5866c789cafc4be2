import { Link, useLocation } from "wouter-preact";
import type { Welcome } from "../../../../src/http/contract/person.ts";
import { Companions } from "../drawings/companions.tsx";
import { useWords } from "../language.tsx";
import type { Trouble } from "../api.ts";
import { Choices, Field, Tick } from "../parts/controls.tsx";
import { Page } from "../parts/page.tsx";
import { SignedText } from "../parts/signed-text.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { COMPANIONS, otherUses, textFor, keyOf } from "./draft.ts";
import type { StepProps } from "./join.tsx";

/** On a device that is signed in: a phone may be handed on in a queue. */
export function WhoStep({ welcome, draft, next, back, progress }: StepProps) {
  const { t } = useWords();
  return (
    <Page key="who" title={t("who.title")} who={welcome.organisation} back={back} progress={progress}>
      <p>{t("who.says")}</p>
      <Choices
        label={t("answers")}
        choices={[
          {
            title: t("who.me"),
            says: t("who.me.says"),
            chosen: draft.joinAs === "me",
            choose: () => next({ joinAs: "me" }),
          },
          {
            title: t("who.other"),
            says: t("who.other.says"),
            chosen: draft.joinAs === "new",
            choose: () => next({ joinAs: "new" }),
          },
        ]}
      />
    </Page>
  );
}

export function CodeStep({ welcome, draft, answer, next, back, progress }: StepProps) {
  const { t } = useWords();
  return (
    <Page key="code" title={t("code.title")} who={welcome.organisation} back={back} progress={progress}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (draft.dayCode.trim() !== "") next();
        }}
      >
        <Field
          label={t("code.label")}
          says={t("code.says")}
          value={draft.dayCode}
          change={(dayCode) => answer({ dayCode })}
          maxLength={12}
          required
          code
        />
        <button type="submit" class="button main">
          {t("next")}
        </button>
      </form>
    </Page>
  );
}

export function AgeStep({ welcome, draft, next, back, progress }: StepProps) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const guardian = welcome.kind === "guardian";
  const child = welcome.child ?? "";
  return (
    <Page
      key="age"
      title={guardian ? t("guardian.title", { child }) : t("age.title", { age: welcome.minimumAge })}
      who={welcome.organisation}
      back={back}
      progress={progress}
    >
      <p>{guardian ? t("guardian.says", { child }) : t("age.says")}</p>
      <Choices
        label={t("answers")}
        choices={[
          {
            title: guardian ? t("guardian.yes", { child }) : t("age.yes", { age: welcome.minimumAge }),
            chosen: draft.declared,
            choose: () => next({ declared: true }),
          },
          {
            title: guardian ? t("guardian.no") : t("age.no"),
            choose: () => navigate("/join?step=younger"),
          },
        ]}
      />
    </Page>
  );
}

/** Until when a guardian speaks for the child: asked of the first one. */
export function MajorityStep({ welcome, draft, answer, next, back, progress }: StepProps) {
  const { t } = useWords();
  const child = welcome.child ?? "";
  const age = welcome.majorityAge ?? 0;
  return (
    <Page
      key="majority"
      title={t("majority.title", { child, age })}
      who={welcome.organisation}
      back={back}
      progress={progress}
    >
      <p>{t("majority.says", { child })}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          next();
        }}
      >
        <Field
          label={t("majority.label", { age })}
          value={draft.majorityOn}
          change={(majorityOn) => answer({ majorityOn })}
          type="date"
          required
        />
        <button type="submit" class="button main">
          {t("next")}
        </button>
      </form>
    </Page>
  );
}

/** Below the age, or not the guardian: what is open to them. */
export function Younger({ welcome }: { readonly welcome: Welcome }) {
  const { t } = useWords();
  const guardian = welcome.kind === "guardian";
  return (
    <Page
      key="younger"
      title={guardian ? t("not-guardian.title") : t("younger.title")}
      who={welcome.organisation}
      back="/join?step=age"
    >
      <p>
        {guardian
          ? t("not-guardian.says", { organisation: welcome.organisation })
          : t("younger.says", { organisation: welcome.organisation })}
      </p>
      <p>{t("younger.meanwhile")}</p>
      <Link class="button plain" href="/hide-me">
        {t("younger.hide")}
      </Link>
    </Page>
  );
}

export function FindMeStep({ welcome, draft, next, back, progress }: StepProps) {
  const { t, day } = useWords();
  const text = textFor(welcome, "find-me", null);
  const before = draft.answers["find-me"];
  return (
    <Page key="find-me" title={t("find-me.title")} who={welcome.organisation} back={back} progress={progress}>
      {text !== undefined && <SignedText text={text} />}
      <p class="quiet">
        {t("find-me.here", {
          event: welcome.collection.name,
          date: day(welcome.collection.retainUntil),
        })}
      </p>
      <Choices
        label={t("answers")}
        choices={[
          {
            title: t("find-me.yes"),
            says: t("find-me.yes.says"),
            chosen: before === true,
            choose: () => next({ answers: { ...draft.answers, "find-me": true } }),
          },
          {
            title: t("find-me.no"),
            says: t("find-me.no.says"),
            chosen: before === false,
            choose: () => next({ answers: { ...draft.answers, "find-me": false } }),
          },
        ]}
      />
    </Page>
  );
}

export function CompanionsStep({ welcome, draft, next, back, progress }: StepProps) {
  const { t } = useWords();
  const text = textFor(welcome, "publish", COMPANIONS);
  const key = `publish:${COMPANIONS}`;
  const before = draft.answers[key];
  const choose = (seen: boolean) => () => next({ answers: { ...draft.answers, [key]: seen } });
  return (
    <Page
      key="companions"
      title={t("companions.title")}
      who={welcome.organisation}
      back={back}
      progress={progress}
    >
      {text !== undefined && <SignedText text={text} />}
      <Choices
        label={t("answers")}
        choices={[
          {
            title: t("companions.seen"),
            picture: <Companions seen label={t("companions.seen.drawing")} />,
            chosen: before === true,
            choose: choose(true),
          },
          {
            title: t("companions.hidden"),
            picture: <Companions seen={false} label={t("companions.hidden.drawing")} />,
            chosen: before === false,
            choose: choose(false),
          },
        ]}
      />
    </Page>
  );
}

export function UsesStep({ welcome, draft, answer, next, back, progress }: StepProps) {
  const { t } = useWords();
  return (
    <Page key="uses" title={t("uses.title")} who={welcome.organisation} back={back} progress={progress}>
      <p>{t("uses.says")}</p>
      <div class="ticks">
        {otherUses(welcome, draft).map((text) => (
          <Tick
            key={keyOf(text)}
            checked={draft.answers[keyOf(text)] === true}
            change={(ticked) => answer({ answers: { ...draft.answers, [keyOf(text)]: ticked } })}
          >
            <SignedText text={text} titled />
          </Tick>
        ))}
      </div>
      <button type="button" class="button main" onClick={() => next()}>
        {t("next")}
      </button>
    </Page>
  );
}

export function YouStep({
  welcome,
  draft,
  answer,
  back,
  progress,
  join,
  busy,
  failure,
}: StepProps & { readonly join: () => void; readonly busy: boolean; readonly failure: Trouble | null }) {
  const { t } = useWords();
  const name = textFor(welcome, "show-name", null);
  const contact = textFor(welcome, "contact", null);
  const tick = (key: string) => (ticked: boolean) => answer({ answers: { ...draft.answers, [key]: ticked } });
  return (
    <Page key="you" title={t("you.title")} who={welcome.organisation} back={back} progress={progress}>
      <p>{t("you.says")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          join();
        }}
      >
        <fieldset class="card">
          <legend>{t("you.name.legend")}</legend>
          <Field
            label={t("you.name")}
            says={t("you.name.says")}
            value={draft.name}
            change={(value) => answer({ name: value })}
            maxLength={200}
            autoComplete="name"
          />
          {name !== undefined && draft.name.trim() !== "" && (
            <Tick checked={draft.answers["show-name"] === true} change={tick("show-name")}>
              <SignedText text={name} plain />
            </Tick>
          )}
        </fieldset>
        {contact !== undefined && (
          <fieldset class="card">
            <legend>{t("you.contact.legend")}</legend>
            <Tick checked={draft.answers["contact"] === true} change={tick("contact")}>
              <SignedText text={contact} plain />
            </Tick>
            {draft.answers["contact"] === true && (
              <Field
                label={t("you.email")}
                says={t("you.email.says")}
                value={draft.email}
                change={(value) => answer({ email: value })}
                type="email"
                inputMode="email"
                autoComplete="email"
                maxLength={254}
                required
              />
            )}
          </fieldset>
        )}
        {failure !== null && (
          <TroubleNote
            trouble={failure}
            hint={
              welcome.kind === "public" && failure.status !== null && failure.status < 429
                ? t("you.failed.code")
                : undefined
            }
          />
        )}
        <button type="submit" class="button main" aria-disabled={busy}>
          {busy ? t("you.joining") : t("you.join")}
        </button>
        <p class="quiet">{t("you.join.says")}</p>
      </form>
    </Page>
  );
}
