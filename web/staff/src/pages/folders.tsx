import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import type { Deletion as Outcome } from "../../../../src/http/contract/staff-deletion.ts";
import type { WatchedFolder, WatchFolder } from "../../../../src/http/contract/watch-folders.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { AskTwice } from "../parts/ask-twice.tsx";
import { DeletedNote, Deletion } from "../parts/deletion.tsx";
import { Form } from "../parts/form.tsx";
import { Back, Title } from "../parts/shell.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";

/** The red line of what is taken by itself, as src/photos has it. */
const LEAST_MINUTES = 15;
/** How often the page asks how the folders stand. */
const ASK_MS = 5_000;

/** Folders of the server whose photos are taken as they come: each with what there is to decide about it. */
export function Folders({ id }: { readonly id: string }) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  const list = useQuery({
    queryKey: ["folders", id],
    queryFn: () => api.folders.list(id),
    refetchInterval: ASK_MS,
  });
  // What was deleted may have been all there was to say about a folder: the receipt outlives it.
  const [gone, setGone] = useState<Outcome | null>(null);
  const title = (
    <Title above={<Back to={`/collections/${id}`} label={page.data?.name ?? t("back")} />}>
      {t("watch.way")}
    </Title>
  );
  if (list.isPending || list.isError) {
    return (
      <>
        {title}
        {list.isError ? <Failed error={list.error} again={() => void list.refetch()} /> : <Loading />}
      </>
    );
  }
  const { folders, libraries } = list.data;
  const changed = () => void list.refetch();
  return (
    <>
      {title}
      <p className="narrow">{t("watch.says", { minutes: LEAST_MINUTES })}</p>
      {gone === null ? null : <DeletedNote gone={gone} />}
      {folders.length > 0 ? (
        <ul className="stack">
          {folders.map((one) => (
            <li key={one.id} className="card stack">
              <Folder collection={id} folder={one} changed={changed} deleted={setGone} />
            </li>
          ))}
        </ul>
      ) : libraries.length === 0 ? null : (
        <Empty title={t("watch.none")} says={t("watch.none-says")} />
      )}
      {libraries.length === 0 ? (
        <p className="card narrow">{t("watch.not-allowed")}</p>
      ) : (
        <Add key={folders.length} id={id} libraries={libraries} made={changed} />
      )}
    </>
  );
}

function Folder({
  collection,
  folder,
  changed,
  deleted,
}: {
  readonly collection: string;
  readonly folder: WatchedFolder;
  readonly changed: () => void;
  readonly deleted: (gone: Outcome) => void;
}) {
  const { t, day, moment } = useWords();
  const turn = useMutation({
    mutationFn: () => api.folders.turn(collection, folder.id, folder.state === "paused"),
    onSuccess: changed,
  });
  const look = useMutation({ mutationFn: () => api.folders.look(collection, folder.id), onSuccess: changed });
  const stop = useMutation({ mutationFn: () => api.folders.stop(collection, folder.id), onSuccess: changed });
  const failed = [turn, look, stop].find((one) => one.isError);
  const last = new Date(Date.parse(folder.until) - 1).toISOString();
  return (
    <>
      <h2 className="path">{breakable(folder.path)}</h2>
      <p>
        <strong>{t(folder.state === "on" ? "watch.on" : "watch.paused")}</strong>
        {" · "}
        {folder.lookedAt === null
          ? t("watch.never-looked")
          : t("watch.looked", { moment: moment(folder.lookedAt) })}
      </p>
      {folder.problem === null ? null : <p className="trouble-box">{t(`watch.problem-${folder.problem}`)}</p>}
      <p>{t("watch.facts", { taken: folder.taken, coming: folder.coming })}</p>
      <Waiting collection={collection} folder={folder} changed={changed} />
      <Missing collection={collection} folder={folder} deleted={deleted} changed={changed} />
      {folder.leftOut.count > 0 ? (
        <details>
          <summary>{t("watch.left-out", { n: folder.leftOut.count })}</summary>
          <Files of={folder.leftOut} />
        </details>
      ) : null}
      <p className="quiet small">
        {t("watch.window", { from: day(folder.from), until: day(last) })}{" "}
        {t(`watch.if-gone-${folder.whenGone}`)}{" "}
        {t("watch.by", { name: folder.madeBy, day: day(folder.madeAt) })}
      </p>
      <AskTwice
        label={t("watch.stop")}
        of={t("watch.stop-of", { path: folder.path })}
        says={t("watch.stop-says")}
        busy={stop.isPending}
        run={() => stop.mutate()}
        beside={
          <>
            {folder.state === "on" ? (
              <Button variant="default" loading={look.isPending} onClick={() => look.mutate()}>
                {t("watch.look")}
              </Button>
            ) : null}
            <Button variant="default" loading={turn.isPending} onClick={() => turn.mutate()}>
              {t(folder.state === "on" ? "watch.pause" : "watch.resume")}
            </Button>
          </>
        }
      />
      <p role="status">{look.isSuccess ? t("watch.looking") : ""}</p>
      {failed ? <Failed error={failed.error} /> : null}
    </>
  );
}

/** A path that breaks after its slashes, where there is room for some of it. */
function breakable(path: string) {
  return path.split(/(?<=\/)/).map((part, i) => (
    <Fragment key={`${i} ${part}`}>
      {part}
      <wbr />
    </Fragment>
  ));
}

/** What a human decides about: photos of another time, or without one. */
function Waiting({
  collection,
  folder,
  changed,
}: {
  readonly collection: string;
  readonly folder: WatchedFolder;
  readonly changed: () => void;
}) {
  const { t } = useWords();
  const take = useMutation({
    mutationFn: () => api.folders.take(collection, folder.id),
    onSuccess: changed,
  });
  const said = <p role="status">{take.data ? t("watch.taken", { n: take.data.files }) : ""}</p>;
  if (folder.waiting.count === 0) return said;
  return (
    <div className="card stack needs">
      <h3>{t("watch.waiting", { n: folder.waiting.count })}</h3>
      <p>{t("watch.waiting-says", { n: folder.waiting.count })}</p>
      <Files of={folder.waiting} />
      <div className="row">
        <Button variant="default" loading={take.isPending} onClick={() => take.mutate()}>
          {t("watch.take", { n: folder.waiting.count })}
        </Button>
      </div>
      {said}
      {take.isError ? <Failed error={take.error} /> : null}
    </div>
  );
}

function Missing({
  collection,
  folder,
  deleted,
  changed,
}: {
  readonly collection: string;
  readonly folder: WatchedFolder;
  readonly deleted: (gone: Outcome) => void;
  readonly changed: () => void;
}) {
  const { t, moment } = useWords();
  const client = useQueryClient();
  const { count, files } = folder.missing;
  if (count === 0) return null;
  return (
    <div className="card stack needs">
      <h3>{t("watch.missing", { n: count })}</h3>
      <p>{t("watch.missing-says", { n: count })}</p>
      <ul className="path">
        {files.map((one) => (
          <li key={`${one.path} ${one.since}`}>
            {t("watch.missing-file", { path: one.path, moment: moment(one.since) })}
          </li>
        ))}
        {count > files.length ? <li>{t("watch.more", { n: count - files.length })}</li> : null}
      </ul>
      <Deletion
        label={t("watch.missing-delete", { n: count })}
        says={t("watch.missing-delete-says", { n: count })}
        typed={null}
        send={() => api.folders.deleteMissing(collection, folder.id)}
        done={(answer) => {
          deleted(answer);
          changed();
          void client.invalidateQueries({ queryKey: ["collection", collection] });
        }}
      />
    </div>
  );
}

function Files({ of }: { readonly of: WatchedFolder["leftOut"] }) {
  const { t } = useWords();
  return (
    <ul className="path">
      {of.files.map((one) => (
        <li key={one.path}>{t("watch.file", { path: one.path, why: t(`watch.why-${one.reason}`) })}</li>
      ))}
      {of.count > of.files.length ? <li>{t("watch.more", { n: of.count - of.files.length })}</li> : null}
    </ul>
  );
}

function Add({
  id,
  libraries,
  made,
}: {
  readonly id: string;
  readonly libraries: readonly string[];
  readonly made: () => void;
}) {
  const { t } = useWords();
  const [order, setOrder] = useState<WatchFolder>({
    path: libraries[0] ?? "",
    from: "",
    until: "",
    whenGone: "tell",
  });
  const change = (part: Partial<WatchFolder>): void => setOrder({ ...order, ...part });
  return (
    <section className="card" aria-labelledby="add-title">
      <h2 id="add-title">{t("watch.add")}</h2>
      <Form className="narrow" send={() => api.folders.watch(id, order)} done={made}>
        {(busy) => (
          <>
            <TextInput
              required
              label={t("watch.path")}
              description={t("watch.path-says", { folders: libraries.join(", ") })}
              value={order.path}
              onChange={(event) => change({ path: event.currentTarget.value })}
            />
            <TextInput
              required
              type="date"
              label={t("watch.from")}
              value={order.from}
              onChange={(event) => change({ from: event.currentTarget.value })}
            />
            <TextInput
              required
              type="date"
              label={t("watch.until")}
              value={order.until}
              min={order.from}
              onChange={(event) => change({ until: event.currentTarget.value })}
            />
            <NativeSelect
              label={t("watch.gone")}
              value={order.whenGone}
              onChange={(event) =>
                change({ whenGone: event.currentTarget.value === "delete" ? "delete" : "tell" })
              }
              data={(["tell", "delete"] as const).map((value) => ({
                value,
                label: t(`watch.gone-${value}`),
              }))}
            />
            <Button type="submit" loading={busy}>
              {t("watch.go")}
            </Button>
          </>
        )}
      </Form>
    </section>
  );
}
