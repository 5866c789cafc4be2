import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { goToSingleSignOn, useWaysIn } from "../account/single-sign-on.tsx";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { AccountFields, useNewAccount } from "../parts/account-fields.tsx";
import { Form } from "../parts/form.tsx";
import { useSecretInAddress } from "../parts/secret-in-address.ts";
import { OpenPage, Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

/** Behind the owner's one-time link. */
export function Setup() {
  const { t } = useWords();
  const signedIn = useSignedIn();
  const secret = useSecretInAddress();
  const [account, setAccount] = useNewAccount();
  const link = useQuery({
    queryKey: ["setup"],
    queryFn: () => api.openSetup(secret),
    enabled: secret !== "",
    staleTime: Infinity,
  });
  const send = async (): Promise<void> => {
    const made = await api.setup({ secret, ...account });
    await api.signIn(made.email, account.password);
  };
  const make = link.data?.for === "make";
  const gone = secret === "" || link.isError;
  return (
    <OpenPage>
      <Title>
        {t(
          gone ? "setup.gone-title" : link.data?.for === "password" ? "setup.password-title" : "setup.title",
        )}
      </Title>
      {gone ? (
        <LinkGone error={link.error} says={t("setup.gone")} />
      ) : link.isPending ? (
        <Loading />
      ) : (
        <>
          <p>{make ? t("setup.says", { organisation: link.data.organisation }) : t("setup.password-says")}</p>
          <Form send={send} done={signedIn}>
            {(busy) => (
              <>
                <AccountFields account={account} change={setAccount} passwordOnly={!make} />
                <Button type="submit" loading={busy}>
                  {t(make ? "setup.go" : "setup.password-go")}
                </Button>
              </>
            )}
          </Form>
        </>
      )}
    </OpenPage>
  );
}

/** Behind an invitation of staff. */
export function Invited() {
  const { t } = useWords();
  const signedIn = useSignedIn();
  const secret = useSecretInAddress();
  const [account, setAccount] = useNewAccount();
  const link = useQuery({
    queryKey: ["invitation"],
    queryFn: () => api.team.open(secret),
    enabled: secret !== "",
    staleTime: Infinity,
  });
  const ways = useWaysIn();
  const noPassword = ways.data?.password === false;
  const gone = secret === "" || link.isError;
  const send = async (): Promise<void> => {
    const { name, email, password } = account;
    const made = await api.team.join({ secret, name, email, ...(noPassword ? {} : { password }) });
    if (noPassword) await goToSingleSignOn();
    else await api.signIn(made.email, password);
  };
  return (
    <OpenPage>
      <Title>{t(gone ? "setup.gone-title" : "setup.title")}</Title>
      {gone ? (
        <LinkGone error={link.error} says={t("invited.gone")} />
      ) : link.isPending ? (
        <Loading />
      ) : (
        <>
          <p>
            {link.data.collectionName === null
              ? t("invited.says", { organisation: link.data.organisation })
              : t("invited.says-collection", {
                  organisation: link.data.organisation,
                  collection: link.data.collectionName,
                })}
          </p>
          <p>
            <strong>{t(`team.role.${link.data.role}`)}</strong>
            <br />
            {t(`team.role.${link.data.role}-says`)}
          </p>
          {noPassword && ways.data?.singleSignOn ? (
            <p>{t("sso.invited", { name: ways.data.singleSignOn.name })}</p>
          ) : null}
          {link.data.mailed && !noPassword ? <p>{t("invited.mailed")}</p> : null}
          <Form
            send={send}
            done={() => (noPassword ? undefined : signedIn())}
            says={(error) => (error.message === "exists" ? t("invited.exists") : null)}
          >
            {(busy) => (
              <>
                <AccountFields account={account} change={setAccount} noPassword={noPassword} />
                <Button type="submit" loading={busy}>
                  {t("setup.go")}
                </Button>
              </>
            )}
          </Form>
        </>
      )}
    </OpenPage>
  );
}

function LinkGone({ error, says }: { readonly error: Error | null; readonly says: string }) {
  const { t } = useWords();
  return (
    <>
      <Failed error={error} says={says} />
      <Button component={Link} href="/" variant="default">
        {t("sign-in.go")}
      </Button>
    </>
  );
}

function useSignedIn(): () => void {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  return () => {
    void client.resetQueries({ queryKey: ["me"] });
    navigate("/", { replace: true });
  };
}
