import { useInfiniteQuery } from "@tanstack/react-query";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading, More } from "../parts/states.tsx";
import { Ledger } from "./ledger.tsx";
import { OfficerPage } from "./officer-page.tsx";

/** What left, to whom, and of which the recipients are to be told that somebody withdrew. */
export function Disclosures() {
  const { t, moment } = useWords();
  const list = useInfiniteQuery({
    queryKey: ["officer", "disclosures"],
    queryFn: ({ pageParam }) => api.officer.disclosures(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const all = list.data?.pages.flatMap((one) => one.disclosures) ?? [];
  return (
    <OfficerPage title={t("officer.left.title")} says={t("officer.left.says")}>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : all.length === 0 ? (
        <p>{t("officer.left.none")}</p>
      ) : (
        <>
          <Ledger
            caption={t("officer.left.caption")}
            heads={[
              t("officer.left.when"),
              t("officer.left.collection"),
              t("officer.left.to"),
              t("officer.left.pictures"),
              t("officer.left.shown"),
              t("officer.left.withdrawn"),
            ]}
            rows={all.map((one) => ({
              key: one.id,
              cells: [
                moment(one.at),
                one.collection ?? t("officer.left.gone"),
                one.recipient === "person"
                  ? t("officer.left.person")
                  : one.recipient === "link"
                    ? t("officer.left.link", { channel: one.channel })
                    : t(one.renewed ? "officer.left.folder" : "officer.left.channel", {
                        channel: one.channel,
                      }),
                one.pictures,
                one.shown,
                one.withdrawn === null ? (
                  t("officer.left.unknown")
                ) : one.withdrawn > 0 ? (
                  <strong key="tell">
                    {t(one.renewed ? "officer.left.renewed" : "officer.left.tell", { n: one.withdrawn })}
                  </strong>
                ) : (
                  "0"
                ),
              ],
            }))}
          />
          <p className="narrow quiet">{t("officer.left.limits")}</p>
          <More list={list} />
        </>
      )}
    </OfficerPage>
  );
}
