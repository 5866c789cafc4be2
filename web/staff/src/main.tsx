import "@mantine/core/styles/baseline.css";
import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/global.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/Loader.css";
import "@mantine/core/styles/Button.css";
import "@mantine/core/styles/CloseButton.css";
import "@mantine/core/styles/ActionIcon.css";
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/PasswordInput.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Checkbox.css";
import "@mantine/core/styles/Radio.css";
import "../../person/src/style/fonts.css";
import "../../person/src/style/tones.css";
import "../../person/src/style/base.css";
import "./style/staff.css";
import "./style/officer.css";
import { createTheme, defaultVariantColorsResolver, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { Trouble } from "./api.ts";
import { LanguageProvider } from "./language.tsx";
import { Staff } from "./staff.tsx";

const theme = createTheme({
  respectReducedMotion: true,
  components: {
    Checkbox: { defaultProps: { color: "var(--act)", iconColor: "var(--on-act)", size: "md" } },
    Radio: { defaultProps: { color: "var(--act)", iconColor: "var(--on-act)", size: "md" } },
  },
  defaultRadius: "md",
  // In our own tones: by night what is pressed is pale, and dark is written on it.
  variantColorResolver: (input) => {
    const act = {
      background: "var(--act)",
      hover: "var(--act-deep)",
      hoverColor: "var(--on-act)",
      border: "0",
    };
    switch (input.variant) {
      case "filled":
        return { ...act, color: "var(--on-act)" };
      case "outline":
        return {
          background: "transparent",
          hover: "var(--shade)",
          hoverColor: "var(--danger)",
          color: "var(--danger)",
          border: "1px solid var(--danger)",
        };
      case "subtle":
        return {
          background: "transparent",
          hover: "var(--act-soft)",
          hoverColor: "var(--act)",
          color: "var(--act)",
          border: "0",
        };
      default:
        return defaultVariantColorsResolver(input);
    }
  },
});

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What is refused stays refused; a line that was lost comes back.
      retry: (count, error) => error instanceof Trouble && error.code === "offline" && count < 2,
      staleTime: 5_000,
    },
  },
});

const place = document.getElementById("page");
if (place !== null) {
  createRoot(place).render(
    // The variables are in a file: the pages' policy refuses styles that a script writes.
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={client}>
        <LanguageProvider>
          <Staff />
        </LanguageProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
}
