import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Link } from "wouter";
import type { CollectionPage } from "../../../../src/http/contract/staff.ts";
import type { Deletion as DeletionOutcome } from "../../../../src/http/contract/staff-deletion.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { DeletedNote, Deletion, Storage } from "../parts/deletion.tsx";
import { Back, Title } from "../parts/shell.tsx";
import { Failed, Loading, meaning } from "../parts/states.tsx";
import { TrialGuide } from "../parts/trial.tsx";
import { DropPhotos } from "../upload/drop-photos.tsx";
import { queueOf } from "../upload/queue.ts";

/** What there is a way to, besides sending photos. */
const WAYS = [
  "see-photos",
  "see-people",
  "enrol-people",
  "invite-people",
  "look-through",
  "change-collections",
] as const;

/** How often a running scan is asked about; a photo takes about a fifth of a second. */
const ASK_MS = 1_500;

export function CollectionHome({ id }: { readonly id: string }) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  if (page.isPending) return <Loading />;
  if (page.isError) return <Failed error={page.error} again={() => void page.refetch()} />;
  const one = page.data;
  return (
    <>
      <Title above={<Back to="/" label={t("nav.collections")} />}>{one.name}</Title>
      <Needs page={one} />
      <Counts page={one} />
      <TrialGuide page={one} />
      {one.may.includes("import-photos") ? <DropPhotos collection={id} /> : null}
      <Scan id={id} may={one.may} />
      {WAYS.some((action) => one.may.includes(action)) ? (
        <nav className="stack" aria-labelledby="ways-title">
          <h2 id="ways-title">{t("collection.ways")}</h2>
          <ul className="cards">
            {one.may.includes("see-photos") ? (
              <Way
                to={`/collections/${id}/photos`}
                title={t("collection.tag")}
                says={t("collection.tag-says")}
              />
            ) : null}
            {one.may.includes("see-people") ? (
              <Way
                to={`/collections/${id}/people`}
                title={t("collection.see-people")}
                says={t("collection.see-people-says")}
              />
            ) : null}
            {one.joinable && one.may.includes("enrol-people") ? (
              <Way
                to={`/collections/${id}/desk`}
                title={t("collection.desk")}
                says={t("collection.desk-says")}
              />
            ) : null}
            {one.joinable && one.may.includes("invite-people") ? (
              <Way
                to={`/collections/${id}/print`}
                title={t("collection.print")}
                says={t("collection.print-says")}
              />
            ) : null}
            {one.joinable && one.may.includes("invite-people") ? (
              <Way
                to={`/collections/${id}/guests`}
                title={t("collection.guests")}
                says={t("collection.guests-says")}
              />
            ) : null}
            {one.may.includes("change-collections") ? (
              <Way to={`/collections/${id}/folders`} title={t("watch.way")} says={t("watch.way-says")} />
            ) : null}
            {(one.may.includes("look-through") ? one.channels : []).map((channel) => (
              <Way
                key={channel.name}
                to={`/collections/${id}/publish/${encodeURIComponent(channel.name)}`}
                title={t("collection.publish", { channel: channel.name })}
                says={t(channel.public ? "collection.publish-public" : "collection.publish-internal")}
              />
            ))}
          </ul>
        </nav>
      ) : null}
      {one.joinable ? null : <p className="quiet">{t("collection.closed")}</p>}
      <About page={one} />
    </>
  );
}

function Way({ to, title, says }: { readonly to: string; readonly title: string; readonly says: string }) {
  return (
    <li>
      <Link href={to} className="card">
        <strong>{title}</strong>
        <span>{says}</span>
      </Link>
    </li>
  );
}

/** What waits for a human, before everything else. */
function Needs({ page }: { readonly page: CollectionPage }) {
  const { t } = useWords();
  const matters = [
    [page.requests, "/requests", t("collection.requests", { n: page.requests }), "see-requests"],
    [page.claims, "/claims", t("collection.claims", { n: page.claims }), "settle-claims"],
    [page.conflicts, "/conflicts", t("collection.conflicts", { n: page.conflicts }), "settle-conflicts"],
    [
      page.provisional,
      `/collections/${page.id}/desk`,
      t("collection.provisional", { n: page.provisional }),
      "enrol-people",
    ],
  ] as const;
  const open = matters.filter(([n, , , action]) => n > 0 && page.may.includes(action));
  if (open.length === 0) return null;
  return (
    <section className="card needs" aria-labelledby="needs-title">
      <h2 id="needs-title">{t("collection.needs")}</h2>
      <ul>
        {open.map(([, to, text]) => (
          <li key={to}>
            <Link href={to}>{text}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Counts({ page }: { readonly page: CollectionPage }) {
  const { t, language } = useWords();
  const number = new Intl.NumberFormat(language === "fr" ? "fr-FR" : "en-GB");
  const counts = [
    [t("collection.photos"), page.photos],
    [t("collection.faces"), page.faces],
    [t("collection.waiting"), page.waiting],
    [t("collection.people"), page.people],
  ] as const;
  return (
    <dl className="counts">
      {counts.map(([name, n]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{number.format(n)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** How far the look for faces is; asked often while it goes on, or while photos come in. */
function Scan({ id, may }: { readonly id: string; readonly may: CollectionPage["may"] }) {
  const { t } = useWords();
  const client = useQueryClient();
  const queue = queueOf(id);
  const sending = useSyncExternalStore(queue.subscribe, queue.state).running;
  const scan = useQuery({
    queryKey: ["scan", id],
    queryFn: () => api.scan(id),
    refetchInterval: (query) => (sending || query.state.data?.running === true ? ASK_MS : false),
  });
  const start = useMutation({
    mutationFn: () => api.startScan(id),
    onSuccess: (state) => client.setQueryData(["scan", id], state),
  });
  const dismiss = useMutation({
    mutationFn: () => api.dismissFailures(id),
    onSuccess: () => void scan.refetch(),
  });
  const photos = scan.data?.photos;
  const waiting = scan.data?.waiting;
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["collection", id] });
    void client.invalidateQueries({ queryKey: ["collections"] });
  }, [client, id, photos, waiting]);
  useEffect(() => {
    if (!sending) void client.invalidateQueries({ queryKey: ["scan", id] });
  }, [client, id, sending]);
  if (!scan.data || scan.data.photos + scan.data.failures.length === 0) return null;
  const { running, stopped, failures } = scan.data;
  const done = scan.data.photos - scan.data.waiting;
  return (
    <section className="card" aria-live="polite">
      {running && scan.data.waiting > 0 ? (
        <>
          <p>{t("scan.running", { done, total: scan.data.photos })}</p>
          <progress
            className="bar"
            aria-label={t("scan.running", { done, total: scan.data.photos })}
            max={scan.data.photos}
            value={done}
          />
        </>
      ) : scan.data.waiting > 0 ? (
        <>
          <p>
            {stopped === null
              ? t("scan.idle", { n: scan.data.waiting })
              : `${t("scan.stopped")} ${meaning(t, stopped)}`}
          </p>
          {may.includes("import-photos") ? (
            <Button variant="default" loading={start.isPending} onClick={() => start.mutate()}>
              {t("scan.start")}
            </Button>
          ) : null}
        </>
      ) : (
        <p>{t("scan.finished")}</p>
      )}
      {failures.length > 0 ? (
        <details open>
          <summary>{t("scan.failures", { n: failures.length })}</summary>
          <ul>
            {failures.map((one, i) => (
              <li key={`${i} ${one.file}`}>
                {t("scan.failure", { file: one.file, why: meaning(t, one.code) })}
              </li>
            ))}
          </ul>
          <Button variant="default" mt="sm" onClick={() => dismiss.mutate()}>
            {t("scan.dismiss")}
          </Button>
        </details>
      ) : null}
    </section>
  );
}

function About({ page }: { readonly page: CollectionPage }) {
  const { t, day } = useWords();
  const channels = page.channels.map(
    (one) => `${one.name} (${t(one.public ? "collection.public" : "collection.internal")})`,
  );
  const facts = [
    [t("collection.purpose"), page.purpose],
    [
      t("collection.matching"),
      `${t(`new.matching-${page.matching}`)}. ${t(`new.matching-${page.matching}-says`)}`,
    ],
    [t("collection.channels"), channels.join(", ") || t("collection.no-channels")],
    [t("collection.join"), day(page.joinUntil)],
    [t("collection.retain"), day(page.retainUntil)],
    [t("collection.attestation"), t("collection.attested", { text: page.attestation, by: page.attestedBy })],
  ] as const;
  return (
    <section className="card" aria-labelledby="about-title">
      <h2 id="about-title">{t("collection.about")}</h2>
      <dl className="facts">
        {facts.map(([name, text]) => (
          <FactRow key={name} name={name} text={text} />
        ))}
      </dl>
      <Storage id={page.id} />
      {page.may.includes("delete-collections") ? <Delete page={page} /> : null}
    </section>
  );
}

function Delete({ page }: { readonly page: CollectionPage }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [gone, setGone] = useState<DeletionOutcome | null>(null);
  if (gone !== null) return <DeletedNote gone={gone} />;
  return (
    <Deletion
      label={t("delete.collection")}
      says={t("delete.collection-says")}
      typed={page.name}
      send={(name) => api.deleteCollection(page.id, name)}
      done={(answer) => {
        setGone(answer);
        void client.invalidateQueries({ queryKey: ["collections"] });
      }}
    />
  );
}

function FactRow({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}
