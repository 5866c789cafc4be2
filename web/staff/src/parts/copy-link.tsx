import { Button } from "@mantine/core";
import { useState } from "react";
import { useWords } from "../language.tsx";

/** Copies, and says whether it worked: a browser may refuse. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useWords();
  const [outcome, setOutcome] = useState<"none" | "copied" | "failed">("none");
  const copy = (): void => {
    // Without https there is no clipboard at all.
    Promise.resolve(navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"))).then(
      () => setOutcome("copied"),
      () => setOutcome("failed"),
    );
  };
  return (
    <>
      <Button variant="default" onClick={copy}>
        {outcome === "copied" ? t("copied") : label}
      </Button>
      <span role="status" className={outcome === "failed" ? undefined : "unseen"}>
        {outcome === "none" ? "" : t(outcome === "copied" ? "copied" : "copy.failed")}
      </span>
    </>
  );
}

/** A link, or a key, that is shown once: to be read, selected and copied. */
export function CopyLink({
  link,
  says = "copy",
}: {
  readonly link: string;
  readonly says?: "copy" | "keys.copy" | "webhooks.copy";
}) {
  const { t } = useWords();
  return (
    <div className="stack">
      <code className="link">{link}</code>
      <CopyButton text={link} label={t(says)} />
    </div>
  );
}
