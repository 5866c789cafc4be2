import { Button, NativeSelect } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { LookedUp, Lookups } from "../../../../src/http/contract/staff-look-up.ts";
import { api, Trouble } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { nameOf } from "../parts/person-name.tsx";
import { Reason } from "../parts/reason.tsx";
import type { Box } from "../parts/rings.tsx";
import { SeenPicture } from "../parts/seen-picture.tsx";
import { type TakenPhoto, TakePhoto } from "../parts/selfie.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

/** Who is in a picture, among those who agreed that staff may ask. */
export function LookUp() {
  const { t } = useWords();
  const lookups = useQuery({ queryKey: ["look-up"], queryFn: api.lookups });
  return (
    <>
      <Title>{t("look-up.title")}</Title>
      <p className="narrow">{t("look-up.says")}</p>
      {lookups.isPending ? (
        <Loading />
      ) : lookups.isError ? (
        <Failed error={lookups.error} again={() => void lookups.refetch()} />
      ) : (
        <Ask lookups={lookups.data} />
      )}
    </>
  );
}

function Ask({ lookups }: { readonly lookups: Lookups }) {
  const { t } = useWords();
  const client = useQueryClient();
  const collections = useQuery({ queryKey: ["collections"], queryFn: api.collections });
  const [photo, setPhoto] = useState<TakenPhoto | null>(null);
  const [reason, setReason] = useState("");
  const [collection, setCollection] = useState("");
  const [answer, setAnswer] = useState<LookedUp | null>(null);
  const there = (collections.data ?? []).filter((one) => one.matching === "enrolled");
  const chosen = collection === "" && !lookups.everywhere ? (there[0]?.id ?? "") : collection;
  const words = {
    title: t("look-up.picture"),
    says: t("look-up.picture-says"),
    alt: t("look-up.alt"),
    take: t("look-up.take"),
    again: t("look-up.again"),
  };
  return (
    <>
      <Form
        className="card"
        send={() =>
          api.lookUp({
            picture: photo?.base64 ?? "",
            reason: reason.trim(),
            ...(chosen === "" ? {} : { collection: chosen }),
          })
        }
        done={(found) => {
          setAnswer(found);
          void client.invalidateQueries({ queryKey: ["look-up"] });
        }}
        says={(error) =>
          error instanceof Trouble && error.code === "too-often" ? t("look-up.too-often") : null
        }
      >
        {(busy) => (
          <>
            <TakePhoto
              photo={photo}
              take={(taken) => {
                setPhoto(taken);
                setAnswer(null);
              }}
              words={words}
            />
            <NativeSelect
              className="narrow"
              label={t("look-up.where")}
              value={chosen}
              data={[
                ...(lookups.everywhere ? [{ value: "", label: t("look-up.everywhere") }] : []),
                ...there.map((one) => ({ value: one.id, label: one.name })),
              ]}
              onChange={(event) => setCollection(event.currentTarget.value)}
            />
            <Reason className="narrow" reason={reason} change={setReason} />
            <p className="quiet small">{t("look-up.limits", { ...lookups, everywhere: "" })}</p>
            <Button type="submit" loading={busy} disabled={photo === null || reason.trim() === ""}>
              {t("look-up.go")}
            </Button>
          </>
        )}
      </Form>
      <div role="status">{answer && photo ? <Answer answer={answer} photo={photo} /> : null}</div>
    </>
  );
}

/** Who was found, by face; the picture is the one that the browser still has. */
function Answer({ answer, photo }: { readonly answer: LookedUp; readonly photo: TakenPhoto }) {
  const { t } = useWords();
  const [hovered, setHovered] = useState<Box | null>(null);
  const { faces } = answer;
  if (faces.length === 0) return <p>{t("look-up.none")}</p>;
  return (
    <section className="tagging" aria-label={t("look-up.faces", { n: faces.length })}>
      <figure>
        <SeenPicture
          src={photo.address}
          alt={t("look-up.alt")}
          width={photo.width}
          height={photo.height}
          rings={hovered ? [hovered] : faces.map((face) => face.box)}
        />
      </figure>
      <div className="stack">
        <h2>{t("look-up.faces", { n: faces.length })}</h2>
        <ul className="lines">
          {faces.map((face, i) => (
            <li
              key={face.box.join(" ")}
              onPointerEnter={() => setHovered(face.box)}
              onPointerLeave={() => setHovered(null)}
            >
              <strong>{t("look-up.face", { n: i + 1 })}</strong>{" "}
              {face.person
                ? t("look-up.found", { name: nameOf(t, face.person), photos: face.person.photos })
                : t("look-up.nobody")}
            </li>
          ))}
        </ul>
        {faces.some((face) => face.person === null) ? (
          <p className="quiet small">{t("look-up.nobody-says")}</p>
        ) : null}
      </div>
    </section>
  );
}
