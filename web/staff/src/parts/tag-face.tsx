import { Button, Radio, TextInput } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Link } from "wouter";
import type { FaceOpened } from "../../../../src/http/contract/staff-matters.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "./form.tsx";
import { nameOf } from "./person-name.tsx";
import { Failed, Loading } from "./states.tsx";
import { useOf } from "./use-name.ts";

interface Tagging {
  readonly id: string;
  readonly photo: string;
  readonly face: string;
  readonly seen: FaceOpened;
  /** With what is to be said of it. */
  readonly changed: (says: string) => void;
}

/** How a face stands that was looked at, and what staff may say of it. */
export function TagFace(props: Tagging) {
  const { t } = useWords();
  const { seen } = props;
  const name = seen.person ? nameOf(t, seen.person) : t("photos.not-told");
  switch (seen.standing) {
    case "tagged":
      return (
        <section className="card">
          <p>{t(`photos.tagged-${seen.by ?? "hand"}`, { name })}</p>
          <Channels seen={seen} />
          {seen.mayTakeBack ? <TakeBack {...props} /> : <p className="quiet">{t("photos.theirs")}</p>}
        </section>
      );
    case "found":
      return (
        <>
          <section className="card">
            <p>{t("photos.found", { name })}</p>
            <Channels seen={seen} />
          </section>
          <ChoosePerson {...props} />
        </>
      );
    case "free":
      return <ChoosePerson {...props} />;
  }
}

/** Where somebody agreed that their face is shown. */
function Channels({ seen }: { readonly seen: FaceOpened }) {
  const { t } = useWords();
  if (seen.channels.length === 0) return null;
  return (
    <ul className="small" aria-label={t("photos.channels")}>
      {seen.channels.map(({ channel, agreed }) => (
        <li key={channel}>
          {t("pair", {
            what: useOf(t, `publish:${channel}`),
            says: t(agreed ? "photos.agreed" : "photos.not-agreed"),
          })}
        </li>
      ))}
    </ul>
  );
}

function TakeBack({ id, photo, face, changed }: Tagging) {
  const { t } = useWords();
  const untag = useMutation({
    mutationFn: () => api.untagFace(id, photo, face),
    onSuccess: () => changed(t("photos.taken-back")),
  });
  return (
    <>
      <Button variant="default" loading={untag.isPending} onClick={() => untag.mutate()}>
        {t("photos.take-back")}
      </Button>
      <p className="quiet small">{t("photos.take-back-says")}</p>
      {untag.isError ? <Failed error={untag.error} /> : null}
    </>
  );
}

/** Who joined the collection: found by name, or by the label of somebody who gave none. */
function ChoosePerson({ id, photo, face, changed }: Tagging) {
  const { t, moment } = useWords();
  const [looking, setLooking] = useState("");
  const [person, setPerson] = useState<string | null>(null);
  const asked = useDeferredValue(looking.trim());
  const joined = useQuery({
    queryKey: ["joined", id, asked],
    queryFn: () => api.joined(id, asked),
    placeholderData: keepPreviousData,
  });
  if (joined.isPending) return <Loading />;
  if (joined.isError) return <Failed error={joined.error} again={() => void joined.refetch()} />;
  const { people, more } = joined.data;
  if (people.length === 0 && asked === "") {
    return (
      <section className="card">
        <p>{t("photos.nobody")}</p>
        <p>
          <Link href={`/collections/${id}/print`}>{t("collection.print")}</Link>
        </p>
      </section>
    );
  }
  const chosen = people.find((one) => one.person === person);
  return (
    <Form
      className="card"
      send={() => api.tagFace(id, photo, face, person ?? "")}
      done={() => changed(t("photos.done", { name: chosen ? nameOf(t, chosen) : "" }))}
    >
      {(busy) => (
        <>
          <TextInput
            type="search"
            label={t("photos.find")}
            description={t("photos.find-hint")}
            maxLength={100}
            autoComplete="off"
            value={looking}
            onChange={(event) => setLooking(event.currentTarget.value)}
          />
          <fieldset>
            <legend>{t("photos.who")}</legend>
            {people.length === 0 ? <p>{t("photos.none-found")}</p> : null}
            <div className="people">
              {people.map((one) => (
                <Radio
                  key={one.person}
                  name="person"
                  label={nameOf(t, one)}
                  description={t("desk.since", { time: moment(one.at) })}
                  checked={person === one.person}
                  onChange={() => setPerson(one.person)}
                />
              ))}
            </div>
            {more ? <p className="quiet small">{t("photos.more-people")}</p> : null}
          </fieldset>
          <Button type="submit" loading={busy} disabled={chosen === undefined}>
            {t("photos.tag")}
          </Button>
          <p className="quiet small">{t("photos.tag-says")}</p>
        </>
      )}
    </Form>
  );
}
