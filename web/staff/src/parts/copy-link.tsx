import { Button } from "@mantine/core";
import { useState } from "react";
import { useWords } from "../language.tsx";

/** A link that is shown once: to be read, selected and copied. */
export function CopyLink({ link }: { readonly link: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  return (
    <div className="stack">
      <code className="link">{link}</code>
      <Button
        variant="default"
        onClick={() => void navigator.clipboard.writeText(link).then(() => setCopied(true))}
      >
        {t(copied ? "copied" : "copy")}
      </Button>
    </div>
  );
}
