import { useState } from "preact/hooks";
import { Redirect, Route, Switch } from "wouter-preact";
import { JoinPages } from "./join/join.tsx";
import { useWords } from "./language.tsx";
import { SignInByLink } from "./open/personal-link.tsx";
import { Page } from "./parts/page.tsx";
import { TroubleNote, Waiting } from "./parts/states.tsx";
import { useLater } from "./use-later.ts";
import { drop, keep, kept, takeSecret } from "./visit.ts";

/** Every page a person may open, by its path; those after joining are in later.tsx. */
export function App() {
  return (
    <Switch>
      <Route path="/join" component={JoinPages} />
      <Route path="/me" component={HomeOrLink} />
      <Route path="/">
        <Redirect to="/me" replace />
      </Route>
      <Route component={Later} />
    </Switch>
  );
}

function HomeOrLink() {
  const [secret, setSecret] = useState(() => {
    const taken = takeSecret();
    if (taken !== null) keep("link", taken);
    return taken ?? kept<string>("link");
  });
  if (secret !== null) {
    return (
      <SignInByLink
        secret={secret}
        done={() => {
          drop("link");
          setSecret(null);
        }}
      />
    );
  }
  return <Later />;
}

function Later() {
  const { t } = useWords();
  const { pages, trouble, again } = useLater();
  if (pages !== null) return <pages.LaterPages />;
  return (
    <Page title={t("loading")}>
      {trouble === null ? <Waiting /> : <TroubleNote trouble={trouble} again={again} />}
    </Page>
  );
}
