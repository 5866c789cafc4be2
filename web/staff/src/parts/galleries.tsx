import { Button, Checkbox, NativeSelect, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Galleries, MadeGallery } from "../../../../src/http/contract/staff-galleries.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useMay } from "../me.ts";
import { CopyLink } from "./copy-link.tsx";
import { Form } from "./form.tsx";
import { Failed } from "./states.tsx";

type Gallery = Galleries["galleries"][number];

const DAYS = [7, 14, 30, 90] as const;
const EDGES = [1280, 1600, 2048, 4096] as const;

/** Links by which others see what was published for a channel: making one, what became of those that were made. */
export function GalleryLinks({
  collection,
  publication,
  channel,
  open,
  may,
}: {
  readonly collection: string;
  readonly publication: string;
  readonly channel: string;
  /** Whether the channel is public. */
  readonly open: boolean;
  /** Whether links may be made and ended. */
  readonly may: boolean;
}) {
  const { t } = useWords();
  const client = useQueryClient();
  const key = ["galleries", collection];
  const list = useQuery({ queryKey: key, queryFn: () => api.galleries.list(collection) });
  const changed = () => void client.invalidateQueries({ queryKey: key });
  const mine = (list.data?.galleries ?? []).filter((one) => one.channel === channel);
  return (
    <div className="stack">
      <h2>{t("galleries.title")}</h2>
      <p className="quiet small">{t("galleries.says")}</p>
      {may ? <Make publication={publication} open={open} made={changed} /> : null}
      {list.isError ? <Failed error={list.error} again={() => void list.refetch()} /> : null}
      {mine.length === 0 ? null : (
        <ul className="lines">
          {mine.map((one) => (
            <li key={one.id}>
              <Line gallery={one} may={may} changed={changed} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Make({
  publication,
  open,
  made,
}: {
  readonly publication: string;
  readonly open: boolean;
  readonly made: () => void;
}) {
  const { t, moment } = useWords();
  const { everywhere } = useMay();
  const [days, setDays] = useState<number>(14);
  const [maxEdge, setMaxEdge] = useState<number>(1600);
  const [forAll, setForAll] = useState(false);
  const [understood, setUnderstood] = useState(false);
  const [link, setLink] = useState<MadeGallery | null>(null);
  return (
    <>
      <Form
        className="narrow"
        send={() =>
          forAll
            ? api.galleries.makePublic(publication, { understood: true, maxEdge })
            : api.galleries.make(publication, { days, maxEdge })
        }
        done={(answer) => {
          setLink(answer);
          setUnderstood(false);
          made();
        }}
      >
        {(busy) => (
          <>
            <NativeSelect
              label={t("galleries.edge")}
              value={String(maxEdge)}
              onChange={(event) => setMaxEdge(Number(event.currentTarget.value))}
              data={EDGES.map((edge) => ({ value: String(edge), label: t("galleries.pixels", { edge }) }))}
            />
            {forAll ? null : (
              <NativeSelect
                label={t("galleries.days")}
                value={String(days)}
                onChange={(event) => setDays(Number(event.currentTarget.value))}
                data={DAYS.map((n) => ({ value: String(n), label: t("galleries.for-days", { n }) }))}
              />
            )}
            {open && everywhere("open-galleries") ? (
              <Checkbox
                label={t("galleries.public")}
                checked={forAll}
                onChange={(event) => setForAll(event.currentTarget.checked)}
              />
            ) : null}
            {forAll ? (
              <div className="trouble-box stack">
                <p>{t("galleries.public-warning")}</p>
                <Checkbox
                  label={t("galleries.understood")}
                  checked={understood}
                  onChange={(event) => setUnderstood(event.currentTarget.checked)}
                />
              </div>
            ) : null}
            <Button type="submit" variant="default" loading={busy} disabled={forAll && !understood}>
              {t(forAll ? "galleries.make-public" : "galleries.make")}
            </Button>
          </>
        )}
      </Form>
      {link === null ? null : (
        <div role="status" className="stack">
          <p>
            {link.expiresAt === null
              ? t("galleries.made-public")
              : t("galleries.made", { time: moment(link.expiresAt) })}
          </p>
          <CopyLink link={link.link} />
        </div>
      )}
    </>
  );
}

function Line({
  gallery,
  may,
  changed,
}: {
  readonly gallery: Gallery;
  readonly may: boolean;
  readonly changed: () => void;
}) {
  const { t, moment } = useWords();
  const { everywhere } = useMay();
  const revoke = useMutation({ mutationFn: () => api.galleries.revoke(gallery.id), onSuccess: changed });
  const made = moment(gallery.madeAt);
  return (
    <>
      <p>
        {gallery.expiresAt === null
          ? t("galleries.line-public", { name: gallery.madeBy, time: made })
          : t("galleries.line", { name: gallery.madeBy, time: made, until: moment(gallery.expiresAt) })}
        {gallery.state === "open" ? "" : ` ${t(`galleries.${gallery.state}`)}`}
      </p>
      <p className="quiet small">
        {gallery.openedAt === null
          ? t("galleries.not-opened")
          : t("galleries.opened", { time: moment(gallery.openedAt), n: gallery.seen })}
        {gallery.changed > 0 ? ` ${t("galleries.changed", { n: gallery.changed })}` : ""}
      </p>
      {gallery.state === "open" && may ? (
        <div className="row">
          <Button
            variant="default"
            loading={revoke.isPending}
            aria-label={t("galleries.revoke-of", { time: made })}
            onClick={() => revoke.mutate()}
          >
            {t("galleries.revoke")}
          </Button>
        </div>
      ) : null}
      {revoke.isError ? <Failed error={revoke.error} /> : null}
      {gallery.state === "open" && everywhere("open-galleries") ? (
        <Frames gallery={gallery} changed={changed} />
      ) : null}
    </>
  );
}

/** Whose pages may hold the gallery. */
function Frames({ gallery, changed }: { readonly gallery: Gallery; readonly changed: () => void }) {
  const { t } = useWords();
  const [sites, setSites] = useState(gallery.origins.join("\n"));
  return (
    <details>
      <summary>{t("galleries.frames")}</summary>
      <Form
        className="narrow"
        send={() =>
          api.galleries.frames(
            gallery.id,
            sites.split(/\s+/).filter((one) => one !== ""),
          )
        }
        done={({ origins }) => {
          setSites(origins.join("\n"));
          changed();
        }}
      >
        {(busy) => (
          <>
            <Textarea
              label={t("galleries.sites")}
              description={t("galleries.sites-says")}
              autosize
              value={sites}
              onChange={(event) => setSites(event.currentTarget.value)}
            />
            <p className="quiet small">
              {t("galleries.frame-code")} <code>{`<iframe src="${gallery.frame}#…"></iframe>`}</code>
            </p>
            <Button type="submit" variant="default" loading={busy}>
              {t("galleries.save-sites")}
            </Button>
          </>
        )}
      </Form>
    </details>
  );
}
