import { Route, Switch } from "wouter";
import { addWords } from "./language.tsx";
import { AccountWork } from "./officer/accounts.tsx";
import { Calendar } from "./officer/calendar.tsx";
import { Disclosures } from "./officer/disclosures.tsx";
import { ErrorRates } from "./officer/error-rates.tsx";
import { LogPage } from "./officer/log-page.tsx";
import { Overview } from "./officer/overview.tsx";
import { Papers } from "./officer/papers.tsx";
import { Reach } from "./officer/reach.tsx";
import { Texts } from "./officer/texts.tsx";
import { CATALOGUES } from "./words/officer-catalogues.ts";

addWords(CATALOGUES);

/** The officer's pages, with their words. */
export function OfficerPages() {
  return (
    <Switch>
      <Route path="/officer">
        <Overview />
      </Route>
      <Route path="/officer/log">
        <LogPage />
      </Route>
      <Route path="/officer/accounts">
        <AccountWork />
      </Route>
      <Route path="/officer/calendar">
        <Calendar />
      </Route>
      <Route path="/officer/texts">
        <Texts />
      </Route>
      <Route path="/officer/error-rates">
        <ErrorRates />
      </Route>
      <Route path="/officer/reach">
        <Reach />
      </Route>
      <Route path="/officer/papers">
        <Papers />
      </Route>
      <Route path="/officer/disclosures">
        <Disclosures />
      </Route>
    </Switch>
  );
}
