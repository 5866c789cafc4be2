import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useMay } from "../me.ts";
import { Title } from "../parts/shell.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { TrialOffer } from "../parts/trial.tsx";

export function Collections() {
  const { t, day } = useWords();
  const list = useQuery({ queryKey: ["collections"], queryFn: api.collections });
  const { everywhere } = useMay();
  const make = everywhere("make-collections") ? (
    <Button component={Link} href="/new">
      {t("collections.new")}
    </Button>
  ) : null;
  return (
    <>
      <Title>{t("collections.title")}</Title>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <div className="stack">
          <Empty
            title={t("collections.empty-title")}
            says={t(make === null ? "collections.none-yours" : "collections.empty")}
          >
            {make}
          </Empty>
          {make === null ? null : <TrialOffer />}
        </div>
      ) : (
        <>
          <ul className="cards">
            {list.data.toReversed().map((one) => (
              <li key={one.id}>
                <Link href={`/collections/${one.id}`} className="card">
                  <strong>{one.name}</strong>
                  <span>{t("collections.counts", { photos: one.photos, people: one.people })}</span>
                  {one.waiting > 0 ? <p>{t("collections.waiting", { n: one.waiting })}</p> : null}
                  <p className="quiet small">{t("collections.until", { day: day(one.retainUntil) })}</p>
                </Link>
              </li>
            ))}
          </ul>
          {make}
        </>
      )}
    </>
  );
}
