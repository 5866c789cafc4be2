import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useLoad } from "../load.ts";
import { Empty, Show } from "../parts/states.tsx";
import { MePage } from "./use-me.tsx";

/** What was shown of this person and where, and what they had delivered themselves. */
export function ShownPage() {
  const { t } = useWords();
  return (
    <MePage title={t("shown.title")} back="/me/choices">
      {() => <ShownList />}
    </MePage>
  );
}

function ShownList() {
  const { t, moment } = useWords();
  const { load, again } = useLoad("shown", api.shown);
  return (
    <>
      <p>{t("shown.says")}</p>
      <Show load={load} again={again}>
        {({ disclosures }) =>
          disclosures.length === 0 ? (
            <Empty title={t("shown.none")} />
          ) : (
            <ul class="list">
              {disclosures.map((one) => (
                <li key={`${one.at} ${one.channel}`}>
                  <span class="row-words">
                    <span class="row-title">
                      {one.recipient === "person"
                        ? t("shown.you", { n: one.pictures })
                        : one.recipient === "link"
                          ? t("shown.link", { n: one.pictures, channel: one.channel })
                          : t("shown.channel", { n: one.pictures, channel: one.channel })}
                    </span>
                    <span class="quiet">
                      {moment(one.at)}
                      {one.collection === null ? "" : ` · ${one.collection}`}
                    </span>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Show>
    </>
  );
}
