import { Button, Checkbox, NativeSelect, Radio, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { BegunLook, Publications } from "../../../../src/http/contract/staff.ts";
import { api, zipAddress, type Reveal } from "../api.ts";
import { useWords } from "../language.tsx";
import { GalleryLinks } from "../parts/galleries.tsx";
import { LookedPicture } from "../parts/looked-picture.tsx";
import { Back, Title } from "../parts/shell.tsx";
import { Failed, Loading, meaning } from "../parts/states.tsx";

const ASK_MS = 1_000;
const EDGES = [1600, 2048, 4096] as const;

/** The look through what a channel would show, and the publishing after it. */
export function Publish({
  id,
  channel,
  name,
}: {
  readonly id: string;
  readonly channel: string;
  readonly name: string;
}) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  const [reveal, setReveal] = useState<Reveal>("confirmed");
  const begin = useMutation({ mutationFn: () => api.beginLook(id, { channel, reveal }) });
  const open = page.data?.channels.find((one) => one.name === channel)?.public ?? true;
  return (
    <>
      <Title above={<Back to={`/collections/${id}`} label={page.data?.name ?? t("back")} />}>
        {t("publish.title", { channel })}
      </Title>
      <Published id={id} channel={channel} open={open} may={page.data?.may.includes("publish") ?? false} />
      {begin.data ? (
        <Look id={id} channel={channel} reveal={reveal} name={name} open={open} begun={begin.data} />
      ) : (
        <form
          className="card narrow"
          onSubmit={(event) => {
            event.preventDefault();
            begin.mutate();
          }}
        >
          <fieldset>
            <legend>{t("publish.who")}</legend>
            {(["confirmed", "matched"] as const).map((mode) => (
              <Radio
                key={mode}
                name="reveal"
                label={t(`publish.${mode}`)}
                description={t(`publish.${mode}-says`)}
                checked={reveal === mode}
                onChange={() => setReveal(mode)}
              />
            ))}
          </fieldset>
          <Button type="submit" loading={begin.isPending}>
            {t("publish.begin")}
          </Button>
          <p className="quiet small">{t("publish.begin-says")}</p>
          {begin.isError ? <Failed error={begin.error} /> : null}
        </form>
      )}
    </>
  );
}

function Look({
  id,
  channel,
  reveal,
  name,
  open,
  begun,
}: {
  readonly id: string;
  readonly channel: string;
  readonly reveal: Reveal;
  readonly name: string;
  /** Whether the channel is public: then somebody has to have looked. */
  readonly open: boolean;
  readonly begun: BegunLook;
}) {
  const { t } = useWords();
  const client = useQueryClient();
  const order = { channel, reveal };
  const pages = useInfiniteQuery({
    queryKey: ["look", id, channel, reveal],
    queryFn: ({ pageParam }) => api.look(id, order, pageParam),
    initialPageParam: 0,
    getNextPageParam: (last, all) => {
      const shown = all.reduce((sum, page) => sum + page.photos.length, 0);
      return shown < last.total && last.photos.length > 0 ? shown : undefined;
    },
    gcTime: 0,
  });
  const [looked, setLooked] = useState(false);
  const [maxEdge, setMaxEdge] = useState<number | null>(null);
  const [watermark, setWatermark] = useState("");
  const publish = useMutation({
    mutationFn: () =>
      api.publish(id, {
        ...order,
        looked,
        ...(maxEdge === null ? {} : { maxEdge }),
        ...(watermark.trim() === "" ? {} : { watermark: watermark.trim() }),
      }),
    onSuccess: (state) => client.setQueryData(["publications", id], state),
  });
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    const place = end.current;
    if (!place || !hasNextPage) return;
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some((one) => one.isIntersecting) && !isFetchingNextPage) void fetchNextPage();
      },
      { rootMargin: "600px" },
    );
    observer.observe(place);
    return () => observer.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (begun.photos === 0) return <p>{t("publish.empty")}</p>;
  const photos = pages.data?.pages.flatMap((page) => page.photos) ?? [];
  const all = pages.isSuccess && !hasNextPage;
  const faces = all ? photos.flatMap((photo) => photo.faces) : null;
  return (
    <>
      {pages.isError ? <Failed error={pages.error} again={() => void pages.refetch()} /> : null}
      <ul className="sheet">
        {photos.map((photo) => (
          <li key={photo.id}>
            <LookedPicture id={id} photo={photo} order={order} changed={() => void pages.refetch()} />
          </li>
        ))}
      </ul>
      <div ref={end}>
        {pages.isPending || isFetchingNextPage ? <Loading /> : null}
        {hasNextPage && !isFetchingNextPage ? (
          <Button variant="default" onClick={() => void fetchNextPage()}>
            {t("more")}
          </Button>
        ) : null}
      </div>
      <form
        className="finish"
        onSubmit={(event) => {
          event.preventDefault();
          publish.mutate();
        }}
      >
        <p>
          {t("publish.sentence", {
            photos: begun.photos + begun.waiting,
            channel,
            ready: begun.photos,
            waiting: begun.waiting,
            hidden: faces ? faces.filter((face) => face.standing !== "shown").length : begun.hidden,
            shown: faces ? faces.filter((face) => face.standing === "shown").length : begun.shown,
          })}
        </p>
        <NativeSelect
          className="narrow"
          label={t("publish.edge")}
          value={maxEdge ?? ""}
          onChange={(event) => setMaxEdge(Number(event.currentTarget.value) || null)}
          data={[
            { value: "", label: t("publish.full") },
            ...EDGES.map((edge) => ({ value: String(edge), label: t("galleries.pixels", { edge }) })),
          ]}
        />
        <TextInput
          className="narrow"
          label={`${t("publish.watermark")} (${t("optional")})`}
          description={t("publish.watermark-says")}
          maxLength={60}
          value={watermark}
          onChange={(event) => setWatermark(event.currentTarget.value)}
        />
        {open ? (
          <Checkbox
            label={t("publish.looked", { name })}
            description={all ? undefined : t("publish.looked-first")}
            disabled={!all}
            checked={looked}
            onChange={(event) => setLooked(event.currentTarget.checked)}
          />
        ) : null}
        <Button type="submit" loading={publish.isPending} disabled={open && !looked}>
          {t("publish.go")}
        </Button>
        {publish.isError ? <Failed error={publish.error} /> : null}
      </form>
    </>
  );
}

/** What is being published, and what was. */
function Published({
  id,
  channel,
  open,
  may,
}: {
  readonly id: string;
  readonly channel: string;
  readonly open: boolean;
  /** Whether who looks may publish. */
  readonly may: boolean;
}) {
  const { t, moment } = useWords();
  const list = useQuery({
    queryKey: ["publications", id],
    queryFn: () => api.publications(id),
    refetchInterval: (query) => (query.state.data?.running ? ASK_MS : false),
  });
  const state: Publications | undefined = list.data;
  if (!state) return null;
  const mine = state.publications.filter((one) => one.channel === channel);
  const running = state.running?.channel === channel ? state.running : null;
  const failed = state.failed?.channel === channel ? state.failed : null;
  if (!running && !failed && mine.length === 0) return null;
  return (
    <section className="card narrow" aria-live="polite">
      {running ? (
        <>
          <p>{t("publish.running", { done: running.done, total: running.total })}</p>
          <progress
            className="bar"
            aria-label={t("publish.running", { done: running.done, total: running.total })}
            {...(running.total > 0 ? { max: running.total, value: running.done } : {})}
          />
        </>
      ) : null}
      {failed ? (
        <p className="trouble-box" role="alert">
          {t("publish.failed")} {meaning(t, failed.code)}
        </p>
      ) : null}
      {mine.map((one) => (
        <div key={one.id} className="stack">
          <p>
            {t("publish.last", { time: moment(one.at), pictures: one.pictures })}
            {one.reviewedBy === null ? "" : `, ${t("publish.reviewed", { name: one.reviewedBy })}`}
          </p>
          <div className="row">
            <Button component="a" href={zipAddress(one.id)} download variant="default">
              {t("publish.zip")}
            </Button>
          </div>
          <p className="quiet small">
            {t("publish.folder")} <code>{one.folder}</code>
          </p>
          {one.maxEdge === null && one.watermark === null ? null : (
            <p className="quiet small">
              {[
                one.maxEdge === null ? t("publish.full") : t("galleries.pixels", { edge: one.maxEdge }),
                ...(one.watermark === null ? [] : [t("publish.watermark-is", { text: one.watermark })]),
              ].join(" · ")}
            </p>
          )}
          <p className="quiet small">{t("publish.renewed")}</p>
          {one.changed > 0 ? <Changes publication={one.id} n={one.changed} /> : null}
          <GalleryLinks collection={id} publication={one.id} channel={channel} open={open} may={may} />
        </div>
      ))}
    </section>
  );
}

/** Which pictures a withdrawal or a request changed since: whoever was given them earlier is to be told. */
function Changes({ publication, n }: { readonly publication: string; readonly n: number }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const list = useQuery({
    queryKey: ["changes", publication, n],
    queryFn: () => api.publicationChanges(publication),
    enabled: open,
  });
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("publish.changed", { n })}</summary>
      <p className="quiet small">{t("publish.changed-says")}</p>
      {list.isError ? <Failed error={list.error} again={() => void list.refetch()} /> : null}
      <ul>
        {(list.data?.pictures ?? []).map((one) => (
          <li key={one.name}>
            {one.file} · <code>{`${one.name}.jpg`}</code> · {t(`publish.${one.became}`)}
          </li>
        ))}
      </ul>
    </details>
  );
}
