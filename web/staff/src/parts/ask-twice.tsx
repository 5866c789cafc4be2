import { Button } from "@mantine/core";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { useWords } from "../language.tsx";
import { useFocusAfter } from "./use-focus-after.ts";

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
  const takesOver = useFocusAfter(sure);
  const question = useId();
  const wasBusy = useRef(false);
  // What was done is not asked a second time, where the rest of it stays.
  useEffect(() => {
    if (wasBusy.current && !busy) setSure(false);
    wasBusy.current = busy;
  }, [busy]);
  if (!sure) {
    return (
      <div className="row">
        {beside}
        <Button ref={takesOver} variant="default" aria-label={of} onClick={() => setSure(true)}>
          {label}
        </Button>
      </div>
    );
  }
  return (
    <div
      className="stack"
      role="group"
      aria-label={of}
      aria-describedby={question}
      ref={takesOver}
      tabIndex={-1}
    >
      <p id={question}>{says}</p>
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
