import { TextInput } from "@mantine/core";
import { useWords } from "../language.tsx";

/** Why somebody looks: whoever is looked at reads it. */
export function Reason({
  reason,
  change,
  className,
}: {
  readonly reason: string;
  readonly change: (reason: string) => void;
  readonly className?: string;
}) {
  const { t } = useWords();
  return (
    <TextInput
      {...(className === undefined ? {} : { className })}
      label={t("look.reason")}
      description={t("look.reason-hint")}
      required
      withAsterisk={false}
      maxLength={500}
      value={reason}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
