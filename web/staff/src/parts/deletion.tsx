import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Deletion as Outcome } from "../../../../src/http/contract/staff-deletion.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "./form.tsx";
import { Failed } from "./states.tsx";
import { useFocusAfter } from "./use-focus-after.ts";

/** Deleting in two steps, with the receipt of it at the end. */
export function Deletion({
  says,
  typed,
  label,
  send,
  done,
}: {
  /** What goes, before the second step. */
  readonly says: string;
  /** What must be typed for the second step; null: a tap is enough. */
  readonly typed: string | null;
  readonly label: string;
  readonly send: (typed: string) => Promise<Outcome>;
  readonly done: (gone: Outcome) => void;
}) {
  const { t } = useWords();
  const [sure, setSure] = useState(false);
  const [text, setText] = useState("");
  const takesOver = useFocusAfter(sure);
  if (!sure) {
    return (
      <Button ref={takesOver} variant="default" onClick={() => setSure(true)}>
        {label}
      </Button>
    );
  }
  return (
    <div role="group" aria-label={label} ref={takesOver} tabIndex={-1}>
      <Form className="narrow" send={() => send(text)} done={done}>
        {(busy) => (
          <>
            <p>{says}</p>
            {typed === null ? null : (
              <TextInput
                label={t("delete.type", { name: typed })}
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
              />
            )}
            <div className="row">
              <Button
                type="submit"
                variant="outline"
                color="red"
                loading={busy}
                disabled={typed !== null && text.trim() !== typed}
              >
                {t("delete.go")}
              </Button>
              <Button variant="default" onClick={() => setSure(false)}>
                {t("cancel")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </div>
  );
}

/** What went, and the receipt to keep; or that it waits for a second person. */
export function DeletedNote({ gone }: { readonly gone: Outcome }) {
  const { t, moment } = useWords();
  if ("asked" in gone) return <p role="status">{t("two.waits", { time: moment(gone.until) })}</p>;
  return (
    <div role="status" className="stack">
      <p>{t("delete.done", { photos: gone.photos, renditions: gone.renditions })}</p>
      {gone.residue > 0 ? <p className="trouble-box">{t("delete.residue")}</p> : null}
      <div className="row">
        <Button component="a" variant="default" href={`/receipt#${gone.receipt}`} target="_blank">
          {t("delete.receipt")}
        </Button>
      </div>
    </div>
  );
}

/** The room that a collection takes. */
export function Storage({ id }: { readonly id: string }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const used = useQuery({ queryKey: ["storage", id], queryFn: () => api.storage(id), enabled: open });
  const mb = (bytes: number): number => Math.round(bytes / 100_000) / 10;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("storage.title")}</summary>
      {used.isError ? <Failed error={used.error} again={() => void used.refetch()} /> : null}
      {used.data === undefined ? (
        used.isError ? null : (
          <p>{t("loading")}</p>
        )
      ) : (
        <ul>
          <li>{t("storage.originals", { mb: mb(used.data.originals) })}</li>
          <li>{t("storage.renditions", { mb: mb(used.data.renditions) })}</li>
          <li>{t("storage.chips", { mb: mb(used.data.chips) })}</li>
        </ul>
      )}
    </details>
  );
}
