import { Link } from "wouter-preact";
import type { Welcome } from "../../../../src/http/contract/person.ts";
import { useWords } from "../language.tsx";
import { Choices } from "../parts/controls.tsx";
import { Page } from "../parts/page.tsx";
import { findable } from "./draft.ts";

/** The first screen: who asks, what for, and two equal ways. */
export function First({
  welcome,
  choose,
}: {
  readonly welcome: Welcome;
  readonly choose: (way: "find" | "without") => void;
}) {
  const { t, day } = useWords();
  const { collection, organisation } = welcome;
  const without = {
    title: t("first.without"),
    says: t("first.without.says"),
    choose: () => choose("without"),
  };
  const title =
    welcome.kind === "guardian" && welcome.child !== null
      ? t("first.title.guardian", { organisation, event: collection.name, child: welcome.child })
      : t("first.title", { organisation, event: collection.name });
  return (
    <Page key="first" title={title} who={organisation}>
      <dl class="facts">
        <div>
          <dt>{t("first.purpose")}</dt>
          <dd>{collection.purpose}</dd>
        </div>
        <div>
          <dt>{t("first.kept")}</dt>
          <dd>{t("first.kept.says", { n: collection.photos, date: day(collection.retainUntil) })}</dd>
        </div>
      </dl>
      {findable(welcome) ? (
        <Choices
          label={t("first.ways")}
          choices={[
            { title: t("first.find"), says: t("first.find.says"), choose: () => choose("find") },
            without,
          ]}
        />
      ) : (
        <Choices label={t("first.ways")} choices={[without]} />
      )}
      <p class="quiet">{t("first.nothing-bad")}</p>
      <p>
        <Link class="tall" href="/me">
          {t("first.known")}
        </Link>
      </p>
    </Page>
  );
}
