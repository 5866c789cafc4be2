import { Button } from "@mantine/core";
import { useRef, useState } from "react";
import { useWords } from "../language.tsx";
import { toBase64 } from "./selfie.tsx";

/** As the server takes it. */
const MOST_BYTES = 8_000_000;

export interface TakenScan {
  readonly name: string;
  /** The file as it is: its hash must be that of the file which staff keep. */
  readonly base64: string;
}

/** What was signed, scanned or photographed. */
export function Scan({
  scan,
  take,
}: {
  readonly scan: TakenScan | null;
  readonly take: (scan: TakenScan | null) => void;
}) {
  const { t } = useWords();
  const field = useRef<HTMLInputElement>(null);
  const [large, setLarge] = useState(false);
  const choose = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setLarge(file.size > MOST_BYTES);
    take(file.size > MOST_BYTES ? null : { name: file.name, base64: await toBase64(file) });
  };
  return (
    <fieldset>
      <legend>{t("desk.scan")}</legend>
      <p className="quiet small">{t("desk.scan-says")}</p>
      <Button variant="default" onClick={() => field.current?.click()}>
        {t("desk.scan")}
      </Button>
      <input
        ref={field}
        type="file"
        hidden
        accept="image/*,application/pdf"
        aria-label={t("desk.scan")}
        onChange={(event) => void choose(event.currentTarget.files?.[0])}
      />
      {scan ? <p className="file">{scan.name}</p> : null}
      {large ? <p role="alert">{t("desk.scan-large")}</p> : null}
    </fieldset>
  );
}
