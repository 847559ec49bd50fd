"use strict";
// The texts: what is typed is previewed as the service would show it, and only what changed is sent.

const fields = () => [...document.querySelectorAll(".field")];
const wasOf = (field) => (field.dataset.was === undefined ? null : JSON.parse(field.dataset.was));
const listed = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean);

// What a field stands for now; null for the usual words, which need no key of their own.
function isOf(field) {
  const text = field.querySelector("textarea").value;
  if ("list" in field.dataset) return listed(text);
  if (field.dataset.scene) return text.trim() || null;
  return text.trim() === field.dataset.usual.trim() && (wasOf(field) === null || field.dataset.usual) ? null : text.trim();
}

function change(field) {
  const was = wasOf(field);
  const is = isOf(field);
  if (typeof was === "string" && is !== null && was.trim() === is) return null;
  if (Array.isArray(is) && !is.length && was === null) return null;
  return JSON.stringify(was) === JSON.stringify(is) ? null : { was, is };
}

function changes(chosen = fields()) {
  const found = { texts: {}, scenes: {} };
  for (const field of chosen) {
    const one = change(field);
    if (one && field.dataset.scene) found.scenes[field.dataset.scene] = one;
    else if (one) found.texts[field.dataset.key] = one;
  }
  return found;
}

const count = (found) => Object.keys(found.texts).length + Object.keys(found.scenes).length;

function mark() {
  const n = count(changes());
  $("save").disabled = !n;
  $("changed").textContent = n ? say(`改了 ${n} 处`, `${n} changed`) : "";
}

async function preview(field) {
  const wrong = field.querySelector(".wrong");
  const box = field.querySelector(".preview");
  try {
    const { shown } = await call("POST", "desk/texts/preview", changes([field]));
    wrong.hidden = true;
    const text = shown[field.dataset.key];
    box.hidden = text === undefined || "list" in field.dataset;
    if (text !== undefined) fill(box.firstElementChild, text);
  } catch (error) {
    box.hidden = true;
    wrong.hidden = false;
    wrong.textContent = problems(error);
  }
}

function wire(field) {
  const area = field.querySelector("textarea");
  area.addEventListener("input", () => {
    mark();
    clearTimeout(field.timer);
    field.timer = setTimeout(() => preview(field), 300);
  });
  area.addEventListener("focus", () => preview(field), { once: true });
}

fields().forEach(wire);
$("add-scene").addEventListener("click", () => {
  const scene = $("scene").value.trim();
  if (!scene || document.querySelector(`[data-key="scenes.${CSS.escape(scene)}"]`)) return;
  const field = element("div", "field");
  field.dataset.scene = scene;
  field.dataset.key = `scenes.${scene}`;
  const area = element("textarea");
  area.rows = 2;
  const box = element("div", "preview");
  box.hidden = true;
  box.append(element("div", "bubble"));
  const wrong = element("p", "bad wrong");
  wrong.hidden = true;
  field.append(element("code", "", scene), area, box, wrong);
  $("scenes").append(field);
  $("scene").value = "";
  wire(field);
  area.focus();
});
$("texts").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await publish("PUT", "texts", changes())) reload();
});
addEventListener("beforeunload", (event) => { if (count(changes()) && !reload.going) event.preventDefault(); });
