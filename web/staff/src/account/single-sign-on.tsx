import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { api, Trouble } from "../api.ts";
import { useWords } from "../language.tsx";
import { OpenPage, Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

/** By what staff sign in here, besides a passkey. */
export function useWaysIn() {
  return useQuery({ queryKey: ["ways-in"], queryFn: api.waysIn, staleTime: Infinity });
}

/** Goes to the organisation's own sign-in; its page comes back to `SignedInThere`. */
export async function goToSingleSignOn(): Promise<void> {
  const { url } = await api.singleSignOn.begin();
  window.location.assign(url);
}

export function SingleSignOnButton({ name }: { readonly name: string }) {
  const { t } = useWords();
  const go = useMutation({ mutationFn: goToSingleSignOn });
  return (
    <>
      <Button loading={go.isPending} onClick={() => go.mutate()}>
        {t("sso.go", { name })}
      </Button>
      {go.isError ? <Failed error={go.error} says={t("sso.away")} /> : null}
    </>
  );
}

/** Where the organisation's sign-in sends browsers back: what it brought leaves the address at once, and is used once. */
export function SignedInThere() {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [back] = useState(() => {
    const found = Object.fromEntries(new URLSearchParams(window.location.search));
    window.history.replaceState(null, "", window.location.pathname);
    return found;
  });
  const finish = useMutation({
    mutationFn: () => api.singleSignOn.finish(back),
    onSuccess: () => {
      void client.resetQueries({ queryKey: ["me"] });
      navigate("/", { replace: true });
    },
  });
  const begun = useRef(false);
  const whole = typeof back["code"] === "string" && typeof back["state"] === "string";
  useEffect(() => {
    if (begun.current || !whole) return;
    begun.current = true;
    finish.mutate();
  });
  const refused = finish.error instanceof Trouble && finish.error.code === "refused";
  return (
    <OpenPage>
      <Title>{t("sign-in.title")}</Title>
      {finish.isError || !whole ? (
        <>
          <Failed error={finish.error} says={t(refused ? "sso.refused" : "sso.again")} />
          <p>
            <a href="/staff">{t("sso.back")}</a>
          </p>
        </>
      ) : (
        <Loading />
      )}
    </OpenPage>
  );
}
