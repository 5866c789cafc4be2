import { Route, Switch } from "wouter-preact";
import { addWords } from "./language.tsx";
import { Asked } from "./me/asked.tsx";
import { ConfirmPage } from "./me/confirm.tsx";
import { BrowsePage } from "./me/browse.tsx";
import { ChoicesPage } from "./me/choices.tsx";
import { Home } from "./me/home.tsx";
import { LeavePage } from "./me/leave.tsx";
import { LooksPage } from "./me/looks.tsx";
import { PhotoPage } from "./me/photo.tsx";
import { ShownPage } from "./me/shown.tsx";
import { NoPage } from "./no-page.tsx";
import { AddressPage } from "./open/address.tsx";
import { GalleryPage } from "./open/gallery.tsx";
import { HideMePage } from "./open/hide-me.tsx";
import { ReceiptPage } from "./open/receipt.tsx";
import { RecoverPage } from "./open/recover.tsx";
import { VerifyPage } from "./open/verify.tsx";
import { SelfiePage } from "./selfie/selfie.tsx";
import { CATALOGUES } from "./words/later-catalogues.ts";

export { ReadReceipt } from "./open/receipt.tsx";

addWords(CATALOGUES);

/** Every page but those of joining, by its path. */
export function LaterPages() {
  return (
    <Switch>
      <Route path="/me" component={Home} />
      <Route path="/me/selfie" component={SelfiePage} />
      <Route path="/me/asked" component={Asked} />
      <Route path="/me/confirm" component={ConfirmPage} />
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
      <Route path="/gallery" component={GalleryPage} />
      <Route path="/gallery/embed/:link" component={GalleryPage} />
      <Route component={NoPage} />
    </Switch>
  );
}
