import { useQuery } from "@tanstack/react-query";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { OfficerPage } from "./officer-page.tsx";

/** The texts to which people agreed, as they were, by version and language. */
export function Texts() {
  const { t, day } = useWords();
  const list = useQuery({ queryKey: ["officer", "texts"], queryFn: api.officer.texts });
  return (
    <OfficerPage title={t("officer.texts.title")} says={t("officer.texts.says")}>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <p>{t("officer.texts.none")}</p>
      ) : (
        <ul className="lines">
          {list.data.map((one) => (
            <li key={one.digest}>
              <h2>
                {t(`officer.purpose.${one.purpose}`)}
                {one.channel === null ? "" : ` · ${one.channel}`} ·{" "}
                {t(one.language === "fr" ? "officer.texts.fr" : "officer.texts.en")}
              </h2>
              <p className="quiet small">
                {t("officer.texts.version", { version: one.version, day: day(one.since) })} ·{" "}
                {t(one.inUse ? "officer.texts.in-use" : "officer.texts.earlier")} ·{" "}
                {t("officer.texts.people", { n: one.people, yes: one.yes })}
              </p>
              <blockquote className="signed" lang={one.language}>
                {one.text}
              </blockquote>
            </li>
          ))}
        </ul>
      )}
    </OfficerPage>
  );
}
