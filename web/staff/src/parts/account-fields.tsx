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
