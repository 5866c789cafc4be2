import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { StaffPhoto } from "../../../../src/http/contract/staff-matters.ts";
import { api } from "../api.ts";
import { useWords, type Words } from "../language.tsx";
import { Failed } from "./states.tsx";

type Face = StaffPhoto["faces"][number];

/** How a face stands, in words; whose it is takes a look. */
export function standing(t: Words["t"], face: Face): string {
  const more = [
    face.mark === null ? null : t("photos.by-hand"),
    face.neverMatched ? t("photos.never-matched") : null,
    // What a hand marked was never to be recognised.
    !face.matchable && face.mark === null && !face.neverMatched ? t("photos.too-small") : null,
  ];
  return [t(`photos.${face.standing}`), ...more.filter((one) => one !== null)].join(", ");
}

interface OfFace {
  readonly id: string;
  readonly photo: string;
  readonly n: number;
  /** With what is to be said of it. */
  readonly changed: (says: string) => void;
}

/** Takes back a mark that hides a place. */
export function UnMark({ id, photo, mark, n, changed }: OfFace & { readonly mark: string }) {
  const { t } = useWords();
  const take = useMutation({
    mutationFn: () => api.takeMarkBack(id, photo, mark),
    onSuccess: () => changed(t("photos.unmarked")),
  });
  return (
    <>
      <Button
        size="compact-md"
        variant="subtle"
        loading={take.isPending}
        aria-label={t("photos.unmark-of", { n })}
        onClick={() => take.mutate()}
      >
        {t("photos.unmark")}
      </Button>
      {take.isError ? <Failed error={take.error} /> : null}
    </>
  );
}

/** What can be said of a face without knowing whose it is. */
export function FaceActions({ id, photo, face, n, changed }: OfFace & { readonly face: Face }) {
  const { t } = useWords();
  const [sure, setSure] = useState(false);
  const never = useMutation({
    mutationFn: () => api.neverMatch(id, photo, face.id),
    onSuccess: () => changed(t("photos.never-done", { n })),
  });
  return (
    <section className="stack" aria-label={t("photos.face", { n })}>
      {face.mark?.mayTakeBack ? (
        <UnMark id={id} photo={photo} mark={face.mark.face} n={n} changed={changed} />
      ) : null}
      {face.neverMatched ? null : sure ? (
        <div className="card">
          <p>{t("photos.never-sure")}</p>
          <div className="row">
            <Button variant="outline" loading={never.isPending} onClick={() => never.mutate()}>
              {t("photos.never-go")}
            </Button>
            <Button variant="default" onClick={() => setSure(false)}>
              {t("cancel")}
            </Button>
          </div>
          {never.isError ? <Failed error={never.error} /> : null}
        </div>
      ) : (
        <Button variant="subtle" onClick={() => setSure(true)}>
          {t("photos.never")}
        </Button>
      )}
    </section>
  );
}
