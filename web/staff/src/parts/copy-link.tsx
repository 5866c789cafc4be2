import { Button } from "@mantine/core";
import { useState } from "react";
import { useWords } from "../language.tsx";

/** A link, or a key, that is shown once: to be read, selected and copied. */
export function CopyLink({
  link,
  says = "copy",
}: {
  readonly link: string;
  readonly says?: "copy" | "keys.copy";
}) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  return (
    <div className="stack">
      <code className="link">{link}</code>
      <Button
        variant="default"
        onClick={() => void navigator.clipboard.writeText(link).then(() => setCopied(true))}
      >
        {t(copied ? "copied" : says)}
      </Button>
    </div>
  );
}
