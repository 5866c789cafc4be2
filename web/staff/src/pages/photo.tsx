import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { FaceOpened, StaffPhoto } from "../../../../src/http/contract/staff-matters.ts";
import type { Deletion as DeletionOutcome } from "../../../../src/http/contract/staff-deletion.ts";
import { api, photoPicture } from "../api.ts";
import { useWords } from "../language.tsx";
import { FaceActions, standing, UnMark } from "../parts/face-actions.tsx";
import { DeletedNote, Deletion } from "../parts/deletion.tsx";
import { Form } from "../parts/form.tsx";
import { useFrame } from "../parts/frame.ts";
import { lastFilter, usePhotos, useRate } from "../parts/photo-list.ts";
import { Reason } from "../parts/reason.tsx";
import type { Box } from "../parts/rings.tsx";
import { carried, SeenPicture } from "../parts/seen-picture.tsx";
import { Back, Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { TagFace } from "../parts/tag-face.tsx";

type Face = StaffPhoto["faces"][number];

/** The reason given last, by collection, until the page is loaded anew: a row of faces is looked at for one reason. */
const reasons = new Map<string, string>();

/** One photo, every face hidden; one of them is shown, by a look, to say whose it is. */
export function Photo({ id, photo }: { readonly id: string; readonly photo: string }) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["photo", id, photo], queryFn: () => api.photo(id, photo) });
  if (page.isPending) return <Loading />;
  if (page.isError) {
    return (
      <>
        <Title above={<Back to={`/collections/${id}/photos`} label={t("photos.title")} />}>
          {t("photos.one")}
        </Title>
        <Failed error={page.error} again={() => void page.refetch()} />
      </>
    );
  }
  return (
    <>
      <Title above={<Back to={`/collections/${id}/photos`} label={t("photos.title")} />}>
        {page.data.file}
      </Title>
      <Neighbours id={id} photo={photo} />
      <Rate id={id} photo={page.data} />
      <FacesOrGone key={photo} id={id} photo={page.data} />
    </>
  );
}

/** The photo, with the way to delete it; or what became of it. */
function FacesOrGone({ id, photo }: { readonly id: string; readonly photo: StaffPhoto }) {
  const { t } = useWords();
  const client = useQueryClient();
  const collection = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  const [gone, setGone] = useState<DeletionOutcome | null>(null);
  if (gone !== null) return <DeletedNote gone={gone} />;
  return (
    <>
      <Faces id={id} photo={photo} />
      {collection.data?.may.includes("run-jobs") ? <ScanAgain id={id} photo={photo.id} /> : null}
      {collection.data?.may.includes("delete-photos") ? (
        <Deletion
          label={t("delete.photo")}
          says={t("delete.photo-says")}
          typed={null}
          send={() => api.deletePhoto(id, photo.id)}
          done={(answer) => {
            setGone(answer);
            for (const queryKey of [["photos", id], ["collection", id], ["claims"]])
              void client.invalidateQueries({ queryKey });
          }}
        />
      ) : null}
    </>
  );
}

/** Has the photo looked through again, for those who joined since, or after something went wrong. */
function ScanAgain({ id, photo }: { readonly id: string; readonly photo: string }) {
  const { t } = useWords();
  const scan = useMutation({ mutationFn: () => api.scanPhoto(id, photo) });
  return (
    <section className="stack">
      <p className="quiet small">{t("photos.scan-again-says")}</p>
      <Button variant="default" loading={scan.isPending} onClick={() => scan.mutate()}>
        {t("photos.scan-again")}
      </Button>
      <p role="status">{scan.isSuccess ? t("photos.scan-ordered") : ""}</p>
      {scan.isError ? <Failed error={scan.error} /> : null}
    </section>
  );
}

function Neighbours({ id, photo }: { readonly id: string; readonly photo: string }) {
  const { t } = useWords();
  const all = usePhotos(id, lastFilter(id)).data?.pages.flatMap((page) => page.photos) ?? [];
  const at = all.findIndex((one) => one.id === photo);
  const around = [
    ["photos.before", at > 0 ? all[at - 1] : undefined],
    ["photos.next", at >= 0 ? all[at + 1] : undefined],
  ] as const;
  return (
    <nav className="row" aria-label={t("photos.title")}>
      {around.map(([key, one]) =>
        one ? (
          <Link key={key} href={`/collections/${id}/photos/${one.id}`} className="plain">
            {t(key)}
          </Link>
        ) : null,
      )}
    </nav>
  );
}

/** What is thought of the photo before it is published. */
function Rate({ id, photo }: { readonly id: string; readonly photo: StaffPhoto }) {
  const { t } = useWords();
  const rate = useRate(id);
  return (
    <div className="row">
      {(["star", "rejected"] as const).map((one) => (
        <Button
          key={one}
          variant="default"
          aria-pressed={photo.rating === one}
          loading={rate.isPending}
          onClick={() => rate.mutate({ photos: [photo.id], rating: photo.rating === one ? null : one })}
        >
          {t(one === "star" ? "photos.star" : "photos.reject")}
        </Button>
      ))}
      {photo.rating === "rejected" ? <span className="small">{t("photos.reject-says")}</span> : null}
      {rate.isError ? <Failed error={rate.error} /> : null}
    </div>
  );
}

function Faces({ id, photo }: { readonly id: string; readonly photo: StaffPhoto }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Face | null>(null);
  const [hovered, setHovered] = useState<Face | null>(null);
  const [seen, setSeen] = useState<FaceOpened | null>(null);
  const [done, setDone] = useState("");
  const [reason, setReason] = useState(reasons.get(id) ?? "");
  const { frame, begin, end, pointer, press } = useFrame(photo);
  const mark = useMutation({
    mutationFn: (box: Box) => api.hide(id, photo.id, { box: [...box] }),
    onSuccess: () => {
      end();
      void changed(t("photos.marked"));
    },
  });
  const open = photo.faces.filter((face) => face.standing !== "hidden");
  const choose = (face: Face | null): void => {
    setChosen(face);
    setSeen(null);
    setDone("");
  };
  const changed = async (says: string): Promise<void> => {
    choose(null);
    setDone(says);
    await Promise.all(
      [["photo", id, photo.id], ["photos", id], ["collection", id], ["claims"]].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
  };
  const touched = (x: number, y: number): void => {
    const face = open.find(
      ({ box: [left, top, w, h] }) => x >= left && x <= left + w && y >= top && y <= top + h,
    );
    if (face && face.id !== chosen?.id) choose(face);
  };
  const number = chosen ? photo.faces.findIndex((face) => face.id === chosen.id) + 1 : 0;
  const ringed = chosen ?? hovered;
  return (
    <div className="tagging">
      <figure>
        <SeenPicture
          src={seen ? carried(seen.picture) : photoPicture(id, photo.id, "large")}
          alt={seen ? t("photos.picture-face", { n: number }) : t("photos.picture")}
          width={photo.width}
          height={photo.height}
          rings={frame ? [frame] : ringed ? [ringed.box] : open.map((face) => face.box)}
          touched={frame ? undefined : touched}
          marking={frame ? pointer : undefined}
        />
      </figure>
      <div className="stack">
        <p role="status">{done}</p>
        {photo.faces.length === 0 ? (
          <p>{t("photos.no-faces")}</p>
        ) : (
          <ul className="choose">
            {photo.faces.map((face, i) => (
              <li key={face.id}>
                {face.standing === "hidden" ? (
                  <span className="small">
                    {t("photos.face", { n: i + 1 })} · {standing(t, face)}
                    {face.mark?.mayTakeBack ? (
                      <UnMark
                        id={id}
                        photo={photo.id}
                        mark={face.mark.face}
                        n={i + 1}
                        changed={(says) => void changed(says)}
                      />
                    ) : null}
                  </span>
                ) : (
                  <Button
                    variant="default"
                    aria-pressed={chosen?.id === face.id}
                    onClick={() => choose(chosen?.id === face.id ? null : face)}
                    onPointerEnter={() => setHovered(face)}
                    onPointerLeave={() => setHovered(null)}
                    onFocus={() => setHovered(face)}
                    onBlur={() => setHovered(null)}
                  >
                    {t("photos.face", { n: i + 1 })} · {standing(t, face)}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
        {frame ? (
          <div className="card">
            <p id="how-mark">{t("photos.mark-says")}</p>
            <div className="row">
              <Button
                autoFocus
                loading={mark.isPending}
                aria-describedby="how-mark"
                onKeyDown={(event) => press(event, (box) => mark.mutate(box))}
                onClick={() => mark.mutate(frame)}
              >
                {t("photos.mark-go")}
              </Button>
              <Button variant="default" onClick={end}>
                {t("cancel")}
              </Button>
            </div>
            {mark.isError ? <Failed error={mark.error} /> : null}
          </div>
        ) : chosen === null ? (
          <>
            {open.length > 0 ? <p className="quiet">{t("photos.choose")}</p> : null}
            <Button variant="default" onClick={begin}>
              {t("photos.mark")}
            </Button>
          </>
        ) : seen === null ? (
          <Form
            key={chosen.id}
            className="card"
            send={() => api.openFace(id, photo.id, chosen.id, reason.trim())}
            done={(answer) => {
              reasons.set(id, reason);
              setSeen(answer);
            }}
          >
            {(busy) => (
              <>
                <Reason reason={reason} change={setReason} />
                <Button type="submit" loading={busy} disabled={reason.trim() === ""}>
                  {t("photos.show", { n: number })}
                </Button>
              </>
            )}
          </Form>
        ) : (
          <TagFace
            key={chosen.id}
            id={id}
            photo={photo.id}
            face={chosen.id}
            seen={seen}
            changed={(says) => void changed(says)}
          />
        )}
        {chosen && !frame ? (
          <FaceActions
            key={`${chosen.id} about`}
            id={id}
            photo={photo.id}
            face={chosen}
            n={number}
            changed={(says) => void changed(says)}
          />
        ) : null}
      </div>
    </div>
  );
}
