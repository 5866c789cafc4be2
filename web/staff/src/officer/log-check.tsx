import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { LogCheck as Check } from "../../../../src/http/contract/officer.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, meaning } from "../parts/states.tsx";

/** How often a running check is asked how far it is. */
const ASK_MS = 1000;

/** The check of the whole log: begun by a tap, followed while it runs, and what it found. */
export function LogCheck({ witnessed }: { readonly witnessed: boolean }) {
  const { t } = useWords();
  const client = useQueryClient();
  const key = ["officer", "log", "check"];
  const check = useQuery({
    queryKey: key,
    queryFn: api.officer.logCheck,
    refetchInterval: ({ state }) => (state.data?.running ? ASK_MS : false),
  });
  const begin = useMutation({
    mutationFn: api.officer.checkLog,
    onSuccess: (state) => client.setQueryData(key, state),
  });
  const running = check.data?.running ?? null;
  const failed = begin.error ?? check.error;
  return (
    <div className="stack">
      <Button
        className="not-printed"
        variant="default"
        loading={begin.isPending}
        disabled={running !== null}
        onClick={() => begin.mutate()}
      >
        {t("officer.check.go")}
      </Button>
      <div role="status">
        {running === null ? null : (
          <p>
            {running.step === "read"
              ? t("officer.check.read", { n: running.done })
              : t("officer.check.tree", { n: running.done, of: running.of ?? running.done })}
          </p>
        )}
        {check.data?.failed ? (
          <p>
            {t("officer.check.failed")} {meaning(t, check.data.failed)}
          </p>
        ) : null}
        {check.data?.last ? <Found last={check.data.last} witnessed={witnessed} /> : null}
      </div>
      {running?.step === "tree" && running.of !== null ? (
        <progress className="bar" max={running.of} value={running.done} aria-label={t("officer.check.bar")} />
      ) : null}
      {failed ? <Failed error={failed} /> : null}
    </div>
  );
}

function Found({
  last,
  witnessed,
}: {
  readonly last: NonNullable<Check["last"]>;
  readonly witnessed: boolean;
}) {
  const { t, moment } = useWords();
  const { damage } = last;
  return (
    <>
      <p>
        <strong>{damage.length === 0 ? t("officer.check.holds") : t("officer.check.damaged")}</strong>{" "}
        {t("officer.check.facts", {
          n: last.size,
          heads: last.checkpoints,
          time: moment(last.at),
          name: last.by,
        })}
      </p>
      {damage.length > 0 ? (
        <ul>
          {damage.map((one) => (
            <li key={`${one.kind} ${one.where} ${one.entry}`}>
              <code>{one.kind}</code> {one.where === null ? "" : t("officer.check.where", { n: one.where })}{" "}
              {one.entry}
            </li>
          ))}
        </ul>
      ) : null}
      {last.cuts > 0 ? <p>{t("officer.check.cuts", { n: last.cuts })}</p> : null}
      <p className="quiet">{t(witnessed ? "officer.check.by-witness" : "officer.check.by-organisation")}</p>
    </>
  );
}
