import "./style/fonts.css";
import "./style/tones.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/photos.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { LanguageProvider } from "./language.tsx";

const place = document.getElementById("page");
if (place !== null) {
  render(
    <LanguageProvider>
      <App />
    </LanguageProvider>,
    place,
  );
}
