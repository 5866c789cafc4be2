import "./style/fonts.css";
import "./style/tones.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/photos.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { LanguageProvider } from "./language.tsx";
import { fetchLater } from "./use-later.ts";

const place = document.getElementById("page");
// Whoever joins sees the first page before the others are fetched. Without an answer, the page itself says so.
if (location.pathname !== "/join") await fetchLater().catch(() => undefined);
if (place !== null) {
  render(
    <LanguageProvider>
      <App />
    </LanguageProvider>,
    place,
  );
}
