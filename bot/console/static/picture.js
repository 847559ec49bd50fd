// The picture of a generation: the redder a character, the less sure the model was.

import { element } from "./dom.js";
import { t } from "./words.js";

const MOST_BITS = 6;
export const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)}%`;
const visible = (text) => (text === "\n" ? "↵" : text);

function explain(card, one) {
  card.replaceChildren(element("b", "", `${visible(one.text)}  ${one.entropy} ${t("bits")}`));
  one.steps.forEach((step, at) => {
    const told = `${t("byte")} ${at + 1}: ${step.entropy} ${t("bits")} · ${step.kept} ${t("kept")} · p ${percent(step.probability)}`;
    card.append(element("div", "dim", told));
    const bars = element("div", "bars");
    for (const [text, share] of step.likeliest) {
      const bar = element("span", "bar", `${visible(text)} ${percent(share)}`);
      bar.style.setProperty("--share", share);
      bars.append(bar);
    }
    card.append(bars);
  });
}

// Mouse, finger, or arrow keys.
export function pictureOf(story) {
  const box = element("div", "picture");
  box.tabIndex = 0;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", t("entropyOf"));
  const card = element("div", "why", t("hint"));
  card.setAttribute("aria-live", "polite");
  let at = -1;
  const spans = story.characters.map((one, number) => {
    const span = element("span", one.text === "■" ? "end" : "", one.text);
    span.setAttribute("role", "option");
    span.style.setProperty("--heat", Math.min(1, one.entropy / MOST_BITS));
    span.addEventListener("mouseenter", () => choose(number));
    span.addEventListener("click", () => choose(number));
    box.append(span);
    return span;
  });
  function choose(number) {
    if (number < 0 || number >= spans.length) return;
    if (at >= 0) spans[at].setAttribute("aria-selected", "false");
    at = number;
    spans[at].setAttribute("aria-selected", "true");
    explain(card, story.characters[at]);
  }
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    choose(at + step);
  });
  const scale = element("div", "scale");
  scale.append(element("span", "", t("sure")), element("i"), element("span", "", t("unsure")));
  return [box, scale, card];
}
