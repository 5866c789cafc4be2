import { serveTasks } from "../core/index.ts";
import { prepareDecoderProcess } from "../pictures/index.ts";
import { formPicture } from "./form-picture.ts";
import { renderPicture } from "./render-picture.ts";
import type { RenderTasks } from "./render.ts";

prepareDecoderProcess();
serveTasks<RenderTasks>({ render: renderPicture, form: formPicture });
