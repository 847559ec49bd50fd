// The page: two phones, the panel of tools, the drawer, and the keys.

import { $ } from "./dom.js";
import { closeDrawer, drawerIsOpen, openDrawer, translateDrawer } from "./drawer.js";
import { Phone } from "./phone.js";
import * as tools from "./tools.js";
import { both, isEnglish, switchLanguage, t, translate } from "./words.js";

const FAULT_KEYS = { t: "twice", l: "lost" };
const THEMES = ["", "dark", "light"];
let current = null;

const safe = () => $("safe").checked;
const chosenFault = () => document.querySelector("input[name=fault]:checked").value;

function chooseFault(name) {
  document.querySelector(`input[name=fault][value=${name}]`).checked = true;
}

const hooks = {
  mode() {
    const fault = chosenFault();
    chooseFault("normal"); // a fault is for one message
    return { safe: safe(), fault };
  },
  open: (turn) => openDrawer(turn, again),
  menu: () => tools.service().menu,
  because: (why) => both(why),
};

const phones = { A: new Phone("A", hooks), B: new Phone("B", hooks) };

function again(turn) {
  const phone = Object.values(phones).find((one) => one.follower === turn.follower) || current;
  phone.send(turn.kind, turn.text, { messageId: turn.message_id });
}

function choose(name) {
  current = phones[name];
  for (const phone of Object.values(phones)) phone.root.classList.toggle("current", phone === current);
  for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", tab.dataset.tab === name);
}

function showTwo(on) {
  document.body.classList.toggle("two", on);
  localStorage.setItem("two", on ? "1" : "");
  $("two").dataset.t = on ? "one" : "two";
  choose(on ? "B" : "A");
  if (on && !phones.B.turns.length) phones.B.send("subscribe", "", { quiet: true });
  translate();
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  localStorage.setItem("theme", theme);
}

function nextTheme() {
  const now = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  setTheme(now === "dark" ? "light" : "dark");
}

function toggleLanguage() {
  switchLanguage();
  translate();
  $("language").textContent = isEnglish() ? "中文" : "English";
  translateDrawer();
  tools.refresh();
}

function showPanel(on) {
  document.body.classList.toggle("with-panel", on);
  $("panel-open").setAttribute("aria-expanded", on);
}

const actions = {
  kill: tools.kill,
  steal: tools.steal,
  swap: () => tools.swap($("model").value),
  compare: () => { showPanel(false); return tools.compare(current.text.value.trim() || lastQuestion(), safe()); },
  save: () => tools.save(current),
  export: () => tools.exportTest(current),
  clear: () => { current.clear(); closeDrawer(); },
  replay: () => $("replay-file").click(),
  two: () => showTwo(!document.body.classList.contains("two")),
  language: toggleLanguage,
  theme: nextTheme,
  keys: () => $("help").showModal(),
  "panel-open": () => showPanel(!document.body.classList.contains("with-panel")),
  "panel-close": () => showPanel(false),
  "drawer-close": closeDrawer,
};

function lastQuestion() {
  return current.turns.filter((turn) => turn.generated).at(-1)?.text || "";
}

for (const [id, act] of Object.entries(actions)) $(id).addEventListener("click", act);
for (const tab of document.querySelectorAll("[data-tab]")) tab.addEventListener("click", () => choose(tab.dataset.tab));
for (const phone of Object.values(phones)) {
  $("phones").append(phone.root);
  phone.root.addEventListener("focusin", () => choose(phone.name));
}
$("replay-file").addEventListener("change", () => {
  const file = $("replay-file").files[0];
  $("replay-file").value = "";
  showPanel(false);
  if (file) tools.replay(file, current);
});
$("safe-row").addEventListener("click", () => { if ($("safe").disabled) tools.say(t("noSafe"), true); });

const KEYS = {
  "/": () => current.text.focus(), "?": actions.keys, 1: () => choose("A"),
  2: () => { if (!document.body.classList.contains("two")) showTwo(true); choose("B"); current.text.focus(); },
  v: () => current.speak(true), m: () => current.showMenu(true), s: actions.save, d: nextTheme, e: toggleLanguage, k: actions.kill,
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (document.body.classList.contains("with-panel")) showPanel(false);
    else if (drawerIsOpen()) closeDrawer();
    else document.activeElement.blur();
    return;
  }
  const typing = /^(TEXTAREA|INPUT|SELECT)$/.test(event.target.tagName);
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (FAULT_KEYS[key]) { chooseFault(FAULT_KEYS[key]); current.text.focus(); event.preventDefault(); return; }
  if (KEYS[key]) { event.preventDefault(); KEYS[key](); return; }
  if (event.key.startsWith("Arrow") && !event.target.closest(".chat, .picture")) current.walk(event);
});

setTheme(THEMES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "");
translate();
$("language").textContent = isEnglish() ? "中文" : "English";
choose("A");
async function look() {
  await tools.refresh();
  for (const phone of Object.values(phones)) {
    phone.suggest(tools.service().account?.suggestions || []);
    phone.lookAtHandover().catch(() => {}); // refresh() says what fails
  }
}
look();
setInterval(() => { if (!document.hidden) look(); }, 5000);
setInterval(() => tools.collect(Object.values(phones)).catch(() => {}), 1000); // refresh() says what fails
if (localStorage.getItem("two")) showTwo(true);
choose("A");
if (!phones.A.turns.length) phones.A.send("subscribe", "", { quiet: true });
phones.A.text.focus();
