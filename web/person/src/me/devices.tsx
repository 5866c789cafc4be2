import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import type { Me } from "../../../../src/http/contract/person.ts";
import { api } from "../api.ts";
import { makePasskey } from "../join/kept.tsx";
import { useWords } from "../language.tsx";
import { forgetAll, useDoing } from "../load.ts";
import { Icon } from "../parts/icons.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { forgetPhotos } from "../photos.ts";
import { CopyButton } from "../parts/controls.tsx";

const WAYS = ["join", "link", "recovery", "passkey", "mail"] as const;
type Way = (typeof WAYS)[number];

function useHow() {
  const { t } = useWords();
  return (how: string): string => {
    const way = WAYS.find((one): one is Way => one === how);
    return way === undefined ? how : t(`device.how.${way}`);
  };
}

/** Where this person is signed in, each with its end. */
export function Devices({ me, again }: { readonly me: Me; readonly again: () => void }) {
  const { t, day } = useWords();
  const how = useHow();
  const [, navigate] = useLocation();
  const doing = useDoing();
  const end = (device: Me["devices"][number]) => () =>
    doing.run(async () => {
      if (!device.current) {
        await api.endDevice(device.id);
        again();
        return;
      }
      await api.signOut();
      forgetAll();
      forgetPhotos();
      navigate("/recover", { replace: true });
    });
  return (
    <section aria-labelledby="devices">
      <h2 id="devices">{t("devices.title")}</h2>
      <ul class="list">
        {me.devices.map((device) => (
          <li key={device.id}>
            <span class="row-words">
              <span class="row-title">{device.current ? t("devices.this") : t("devices.other")}</span>
              <span class="quiet">
                {t("devices.since", {
                  since: day(device.since),
                  how: how(device.how),
                  seen: day(device.lastSeen),
                })}
              </span>
            </span>
            <button
              type="button"
              class="button plain"
              aria-label={
                device.current ? t("devices.end.this") : t("devices.end.of", { since: day(device.since) })
              }
              onClick={end(device)}
            >
              {t("devices.end")}
            </button>
          </li>
        ))}
      </ul>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
    </section>
  );
}

/** A new recovery code, in place of the one before. */
export function NewCode() {
  const { t } = useWords();
  const [code, setCode] = useState<string | null>(null);
  const doing = useDoing();
  return (
    <section aria-labelledby="new-code">
      <h2 id="new-code">{t("recover.code")}</h2>
      <div role="status">
        {code === null ? (
          <p>{t("new-code.says")}</p>
        ) : (
          <>
            <p>{t("keep.says")}</p>
            <p class="big-code">{code}</p>
          </>
        )}
      </div>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
      {code === null ? (
        <button
          type="button"
          class="button plain"
          aria-disabled={doing.busy}
          onClick={() => doing.run(async () => setCode((await api.newRecoveryCode()).recoveryCode))}
        >
          {t("new-code.make")}
        </button>
      ) : (
        <CopyButton text={code} label={t("keep.copy")} />
      )}
    </section>
  );
}

export function Passkeys({ me, again }: { readonly me: Me; readonly again: () => void }) {
  const { t, day } = useWords();
  const doing = useDoing();
  return (
    <section aria-labelledby="passkeys">
      <h2 id="passkeys">{t("passkeys.title")}</h2>
      {me.passkeyList.length === 0 ? (
        <p>{t("passkeys.none")}</p>
      ) : (
        <ul class="list">
          {me.passkeyList.map((one) => (
            <li key={one.id}>
              <span class="row-words">
                <span class="row-title">{t("passkeys.since", { since: day(one.since) })}</span>
                <span class="quiet">
                  {one.lastUsed === null
                    ? t("passkeys.unused")
                    : t("passkeys.used", { used: day(one.lastUsed) })}
                </span>
              </span>
              <button
                type="button"
                class="button plain"
                aria-label={t("passkeys.end.of", { since: day(one.since) })}
                onClick={() =>
                  doing.run(async () => {
                    await api.endPasskey(one.id);
                    again();
                  })
                }
              >
                {t("passkeys.end")}
              </button>
            </li>
          ))}
        </ul>
      )}
      {"PublicKeyCredential" in window && (
        <button
          type="button"
          class="button plain"
          aria-disabled={doing.busy}
          onClick={() =>
            doing.run(async () => {
              if (await makePasskey()) again();
            })
          }
        >
          <Icon name="key" />
          {t("passkeys.add")}
        </button>
      )}
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} hint={t("passkey.failed")} />}
    </section>
  );
}

/** What has happened that this person must know, until they say that they have read it. */
export function Notices({ me, again }: { readonly me: Me; readonly again: () => void }) {
  const { t, moment } = useWords();
  const doing = useDoing();
  const fresh = me.notices.filter((one) => !one.seen);
  if (fresh.length === 0) return null;
  return (
    <section class="notice" aria-label={t("notices.title")}>
      <ul>
        {fresh.map((one) => (
          <li key={one.id}>
            {t(`notice.${one.kind}`, {
              when: moment(one.at),
              organisation: me.organisation,
              n: one.pictures ?? 0,
              collection: one.collection ?? "",
            })}
          </li>
        ))}
      </ul>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
      <div class="buttons">
        <Link class="button plain" href="/me/choices">
          {t("notices.devices")}
        </Link>
        <button
          type="button"
          class="button plain"
          aria-disabled={doing.busy}
          onClick={() =>
            doing.run(async () => {
              await api.noticesSeen();
              again();
            })
          }
        >
          {t("notices.seen")}
        </button>
      </div>
    </section>
  );
}
