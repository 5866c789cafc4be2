export { drawCards } from "./draw-cards.ts";
export { drawNotPhotographed } from "./draw-list.ts";
export { drawPaper } from "./draw-paper.ts";
export { drawPoster } from "./draw-poster.ts";
