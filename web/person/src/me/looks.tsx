import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useLoad } from "../load.ts";
import { Empty, Show } from "../parts/states.tsx";
import { MePage } from "./use-me.tsx";

const KINDS = ["lookup", "find", "deliver", "publish", "tag", "list", "breach", "look-through"] as const;

/** Who looked, when, and the reason they gave. */
export function LooksPage() {
  const { t } = useWords();
  return <MePage title={t("looks.title")}>{(me) => <Looks organisation={me.organisation} />}</MePage>;
}

function Looks({ organisation }: { readonly organisation: string }) {
  const { t, moment } = useWords();
  const { load, again } = useLoad("looks", api.looks);
  return (
    <>
      <p>{t("looks.says")}</p>
      <Show load={load} again={again}>
        {({ looks }) =>
          looks.length === 0 ? (
            <Empty title={t("looks.none")} />
          ) : (
            <ul class="list looks">
              {looks.map((look) => {
                const kind = KINDS.find((one) => one === look.kind) ?? "other";
                return (
                  <li key={`${look.at} ${look.kind} ${look.actor}`}>
                    <p>
                      {t(`look.${kind}`, {
                        name: look.actor,
                        organisation,
                        date: moment(look.at),
                        reason: look.reason,
                      })}
                    </p>
                    {look.collection !== null && <p class="quiet">{look.collection}</p>}
                  </li>
                );
              })}
            </ul>
          )
        }
      </Show>
    </>
  );
}
