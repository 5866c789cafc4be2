import { useState } from "preact/hooks";
import { Redirect, Route, Switch } from "wouter-preact";
import { JoinPages } from "./join/join.tsx";
import { useWords } from "./language.tsx";
import { Asked } from "./me/asked.tsx";
import { BrowsePage } from "./me/browse.tsx";
import { ChoicesPage } from "./me/choices.tsx";
import { Home } from "./me/home.tsx";
import { LeavePage } from "./me/leave.tsx";
import { LooksPage } from "./me/looks.tsx";
import { PhotoPage } from "./me/photo.tsx";
import { ShownPage } from "./me/shown.tsx";
import { AddressPage } from "./open/address.tsx";
import { HideMePage } from "./open/hide-me.tsx";
import { SignInByLink } from "./open/personal-link.tsx";
import { RecoverPage } from "./open/recover.tsx";
import { ReceiptPage } from "./open/receipt.tsx";
import { VerifyPage } from "./open/verify.tsx";
import { Page } from "./parts/page.tsx";
import { SelfiePage } from "./selfie/selfie.tsx";
import { drop, keep, kept, takeSecret } from "./visit.ts";

/** Every page a person may open, by its path. */
export function App() {
  return (
    <Switch>
      <Route path="/join" component={JoinPages} />
      <Route path="/me" component={HomeOrLink} />
      <Route path="/me/selfie" component={SelfiePage} />
      <Route path="/me/asked" component={Asked} />
      <Route path="/me/photo/:id" component={PhotoPage} />
      <Route path="/me/browse" component={BrowsePage} />
      <Route path="/me/choices" component={ChoicesPage} />
      <Route path="/me/looks" component={LooksPage} />
      <Route path="/me/shown" component={ShownPage} />
      <Route path="/me/leave" component={LeavePage} />
      <Route path="/recover" component={RecoverPage} />
      <Route path="/address" component={AddressPage} />
      <Route path="/verify" component={VerifyPage} />
      <Route path="/receipt" component={ReceiptPage} />
      <Route path="/hide-me" component={HideMePage} />
      <Route path="/">
        <Redirect to="/me" replace />
      </Route>
      <Route component={NoPage} />
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
  return <Home />;
}

function NoPage() {
  const { t } = useWords();
  return (
    <Page title={t("no-page.title")} back="/me">
      <p>{t("no-page.says")}</p>
    </Page>
  );
}
