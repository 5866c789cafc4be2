import type { ComponentChildren } from "preact";
import { useWords } from "../language.tsx";
import { CopyButton } from "./controls.tsx";

/** A recovery code, shown once: to be photographed or copied. */
export function RecoveryCode({
  code,
  children,
}: {
  readonly code: string;
  readonly children?: ComponentChildren;
}) {
  const { t } = useWords();
  return (
    <div class="card keep">
      <p class="quiet" id="keep-label">
        {t("keep.code")}
      </p>
      <p class="big-code" aria-labelledby="keep-label" role="group">
        {code}
      </p>
      <div class="buttons">
        <CopyButton text={code} label={t("keep.copy")} />
        {children}
      </div>
    </div>
  );
}
