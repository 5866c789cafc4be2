import { useMutation } from "@tanstack/react-query";
import type { FormEvent, ReactNode } from "react";
import { Failed } from "./states.tsx";

/** A form whose sending can fail: says so, keeps what was entered, and cannot be sent twice at once. */
export function Form<T>({
  send,
  done,
  says,
  children,
  className,
}: {
  readonly send: () => Promise<T>;
  readonly done?: (answer: T) => void;
  /** What a failure means here, where the general meaning would not help; null for the general one. */
  readonly says?: (error: Error) => string | null;
  readonly children: (busy: boolean) => ReactNode;
  readonly className?: string;
}) {
  const sending = useMutation({ mutationFn: send, onSuccess: (answer) => done?.(answer) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!sending.isPending) sending.mutate();
  };
  const special = sending.error ? (says?.(sending.error) ?? undefined) : undefined;
  return (
    <form onSubmit={submit} className={className}>
      {children(sending.isPending)}
      {sending.isError ? (
        <Failed error={sending.error} {...(special === undefined ? {} : { says: special })} />
      ) : null}
    </form>
  );
}
