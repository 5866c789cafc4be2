import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useWords } from "../language.tsx";
import { Icon, type IconName } from "./icons.tsx";

export interface Choice {
  readonly title: string;
  readonly says?: string;
  readonly picture?: ComponentChildren;
  readonly chosen?: boolean;
  readonly choose: () => void;
}

/** Answers of equal size and weight: none is the expected one. */
export function Choices({
  label,
  choices,
  busy,
}: {
  label: string;
  choices: readonly Choice[];
  busy?: boolean;
}) {
  return (
    <div class="choices" role="group" aria-label={label}>
      {choices.map((one) => (
        <button
          type="button"
          class={one.picture === undefined ? "choice" : "choice pictured"}
          key={one.title}
          disabled={busy === true}
          onClick={one.choose}
        >
          {one.picture}
          <span class="choice-words">
            <span class="choice-title">{one.title}</span>
            {one.says !== undefined && <span class="choice-says">{one.says}</span>}
            {one.chosen === true && <Chosen />}
          </span>
        </button>
      ))}
    </div>
  );
}

function Chosen() {
  const { t } = useWords();
  return (
    <span class="chosen">
      <Icon name="check" />
      {t("chosen")}
    </span>
  );
}

interface FieldProps {
  readonly label: string;
  readonly says?: string | undefined;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly type?: "date" | "email" | "text";
  readonly autoComplete?: string;
  readonly inputMode?: "text" | "numeric" | "email";
  readonly maxLength?: number;
  readonly lines?: number;
  readonly required?: boolean;
  readonly code?: boolean;
}

export function Field(props: FieldProps) {
  const id = useId();
  const says = props.says === undefined ? undefined : `${id}-says`;
  const common = {
    id,
    value: props.value,
    "aria-describedby": says,
    maxLength: props.maxLength,
    required: props.required,
    autoComplete: props.autoComplete ?? "off",
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.says !== undefined && (
        <p class="quiet" id={says}>
          {props.says}
        </p>
      )}
      {props.lines === undefined ? (
        <input
          {...common}
          type={props.type ?? "text"}
          inputMode={props.inputMode}
          class={props.code === true ? "code" : undefined}
          autoCapitalize={props.code === true ? "characters" : undefined}
          spellcheck={props.code !== true}
          onInput={(event) => props.change(event.currentTarget.value)}
        />
      ) : (
        <textarea
          {...common}
          rows={props.lines}
          onInput={(event) => props.change(event.currentTarget.value)}
        />
      )}
    </div>
  );
}

/** One use that may be ticked. It begins unticked, and the whole of its text is its label. */
export function Tick({
  checked,
  change,
  children,
}: {
  readonly checked: boolean;
  readonly change: (checked: boolean) => void;
  readonly children: ComponentChildren;
}) {
  return (
    <label class="tick">
      <input type="checkbox" checked={checked} onChange={(event) => change(event.currentTarget.checked)} />
      <span class="tick-box" aria-hidden="true">
        <Icon name="check" />
      </span>
      <span class="tick-words">{children}</span>
    </label>
  );
}

/** A switch with its state in words beside it. */
export function Switch({
  on,
  busy,
  labelledBy,
  change,
}: {
  readonly on: boolean;
  readonly busy: boolean;
  readonly labelledBy: string;
  readonly change: (on: boolean) => void;
}) {
  const { t } = useWords();
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={on}
      aria-labelledby={labelledBy}
      aria-busy={busy}
      onClick={() => change(!on)}
    >
      <span class="switch-state" aria-hidden="true">
        {on ? t("yes") : t("no")}
      </span>
      <span class="switch-track" aria-hidden="true">
        <span class="switch-knob" />
      </span>
    </button>
  );
}

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <>
      <button
        type="button"
        class="button plain"
        onClick={() => {
          navigator.clipboard.writeText(text).then(
            () => setCopied(true),
            () => setCopied(false),
          );
        }}
      >
        <Icon name={copied === true ? "check" : "copy"} />
        {copied === true ? t("copied") : label}
      </button>
      <span role="status" class={copied === false ? "quiet" : "unseen"}>
        {copied === true ? t("copied") : copied === false ? t("copy.failed") : ""}
      </span>
    </>
  );
}

/** A file made in the page, such as a receipt. */
export function SaveText({
  text,
  name,
  label,
}: {
  readonly text: string;
  readonly name: string;
  readonly label: string;
}) {
  const [address, setAddress] = useState<string | undefined>(undefined);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return (
    <a class="button plain" href={address} download={name}>
      <Icon name="save" />
      {label}
    </a>
  );
}

/** Asks once more before something that cannot be taken back. Closes on Escape, gives the focus back. */
export function Question({
  title,
  children,
  close,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly close: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} class="question" aria-labelledby={id} onClose={close}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

export function Row({
  icon,
  title,
  says,
  end,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly says?: string | undefined;
  readonly end?: ComponentChildren;
}) {
  return (
    <>
      <Icon name={icon} />
      <span class="row-words">
        <span class="row-title">{title}</span>
        {says !== undefined && <span class="quiet">{says}</span>}
      </span>
      {end ?? <Icon name="next" />}
    </>
  );
}
