import type { ComponentChildren } from "preact";
import type { Me } from "../../../../src/http/contract/person.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { type Loaded, useLoad } from "../load.ts";
import { SignedOut } from "../open/recover.tsx";
import { Page } from "../parts/page.tsx";
import { Show } from "../parts/states.tsx";

/** A page of the person's own: reads who asks, and says what to do on a device that is not signed in. */
export function MePage({
  title,
  back = "/me",
  wide,
  children,
}: {
  readonly title: string;
  readonly back?: string | (() => void) | null;
  readonly wide?: boolean;
  readonly children: (me: Me, loaded: Loaded<Me>) => ComponentChildren;
}) {
  const { t } = useWords();
  const loaded = useLoad("me", api.me);
  const { load, again } = loaded;
  if (load.state === "failed" && load.trouble.status === 401) return <SignedOut />;
  return (
    <Page
      title={title}
      who={load.state === "ready" ? load.value.organisation : undefined}
      back={back ?? undefined}
      wide={wide === true}
    >
      {load.state === "ready" && load.value.guardian && (
        <p class="quiet">{t("me.guardian", { name: load.value.name ?? t("me.child") })}</p>
      )}
      <Show load={load} again={again} lines={6}>
        {(me) => children(me, loaded)}
      </Show>
    </Page>
  );
}

/** Whether a use is on: for one collection, or in general. */
export function isLive(
  me: Me,
  purpose: Me["consents"][number]["purpose"],
  channel: string | null = null,
): boolean {
  return me.consents.some((one) => one.purpose === purpose && one.channel === channel && one.live);
}
