import { Button } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useWords } from "../language.tsx";

/** Something that cannot be taken back: the second tap is another button, so that a double tap does nothing. */
export function AskTwice({
  label,
  of,
  says,
  busy,
  run,
  beside,
}: {
  readonly label: string;
  /** The same with what it is about, for whoever hears it. */
  readonly of: string;
  readonly says: string;
  readonly busy: boolean;
  readonly run: () => void;
  /** What else can be done, as long as nothing is asked. */
  readonly beside?: ReactNode;
}) {
  const { t } = useWords();
  const [sure, setSure] = useState(false);
  const first = useRef<HTMLButtonElement>(null);
  const asked = useRef<HTMLDivElement>(null);
  const wasAsked = useRef(false);
  const wasBusy = useRef(false);
  // Each takes the other's place: whoever uses the keyboard goes along.
  useEffect(() => {
    if (sure) asked.current?.focus();
    else if (wasAsked.current) first.current?.focus();
    wasAsked.current = sure;
  }, [sure]);
  // What was done is not asked a second time, where the rest of it stays.
  useEffect(() => {
    if (wasBusy.current && !busy) setSure(false);
    wasBusy.current = busy;
  }, [busy]);
  if (!sure) {
    return (
      <div className="row">
        {beside}
        <Button ref={first} variant="default" aria-label={of} onClick={() => setSure(true)}>
          {label}
        </Button>
      </div>
    );
  }
  return (
    <div className="stack" role="group" aria-label={of} ref={asked} tabIndex={-1}>
      <p>{says}</p>
      <div className="row">
        <Button variant="outline" color="red" loading={busy} onClick={run}>
          {label}
        </Button>
        <Button variant="default" onClick={() => setSure(false)}>
          {t("cancel")}
        </Button>
      </div>
    </div>
  );
}
