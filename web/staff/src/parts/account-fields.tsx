import { PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useWords } from "../language.tsx";

export interface NewAccount {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

const NOBODY: NewAccount = { name: "", email: "", password: "" };

export function useNewAccount() {
  return useState(NOBODY);
}

/** What an account is made of; `passwordOnly` where there is one, which gets a new password. */
export function AccountFields({
  account,
  change,
  passwordOnly = false,
  noPassword = false,
}: {
  readonly account: NewAccount;
  readonly change: (account: NewAccount) => void;
  readonly passwordOnly?: boolean;
  /** Where the organisation's own sign-in is the only way. */
  readonly noPassword?: boolean;
}) {
  const { t } = useWords();
  return (
    <>
      {passwordOnly ? null : (
        <>
          <TextInput
            label={t("setup.name")}
            description={t("setup.name-hint")}
            autoComplete="name"
            required
            withAsterisk={false}
            maxLength={200}
            value={account.name}
            onChange={(event) => change({ ...account, name: event.currentTarget.value })}
          />
          <TextInput
            label={t("sign-in.email")}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            value={account.email}
            onChange={(event) => change({ ...account, email: event.currentTarget.value })}
          />
        </>
      )}
      {noPassword ? null : (
        <PasswordInput
          label={t("sign-in.password")}
          description={t("setup.password-hint")}
          autoComplete="new-password"
          required
          withAsterisk={false}
          minLength={10}
          maxLength={128}
          value={account.password}
          onChange={(event) => change({ ...account, password: event.currentTarget.value })}
        />
      )}
    </>
  );
}

/** The password that one has, asked for once more. */
export function CurrentPassword({
  value,
  change,
  orPasskey = false,
}: {
  readonly value: string;
  readonly change: (password: string) => void;
  /** A passkey used just now does as well, and then it may stay empty. */
  readonly orPasskey?: boolean;
}) {
  const { t } = useWords();
  return (
    <PasswordInput
      label={t("account.current")}
      {...(orPasskey ? { description: t("address.or-passkey") } : {})}
      autoComplete="current-password"
      required={!orPasskey}
      withAsterisk={false}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

/** Six digits in one word or two, or a recovery code with what people write between its signs. */
const LONGEST_CODE = 30;

/** A code of the app, or a recovery code. */
export function CodeField({
  by = "app",
  value,
  change,
}: {
  readonly by?: "app" | "recovery";
  readonly value: string;
  readonly change: (code: string) => void;
}) {
  const { t } = useWords();
  const app = by === "app";
  return (
    <TextInput
      label={t(app ? "second.code" : "second.recovery-code")}
      description={t(app ? "second.code-says" : "second.recovery-code-says")}
      autoComplete={app ? "one-time-code" : "off"}
      inputMode={app ? "numeric" : "text"}
      autoCapitalize="none"
      spellCheck={false}
      required
      withAsterisk={false}
      maxLength={LONGEST_CODE}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
