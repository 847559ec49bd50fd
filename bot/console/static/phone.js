// One follower's phone: bubbles, typing, time stamps, notices, menu, voice, pictures.

import { $, button, call, element } from "./dom.js";
import { push } from "./platform.js";
import { t, translate } from "./words.js";

const GAP_MS = 180000;
const MOST_KEPT = 100;
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
// The AI label: the account's own, or one of another version in a conversation from before.
function labelIn(reply) {
  const own = `\n${document.body.dataset.label}`;
  return reply.includes(own) ? [own, own.slice(1)] : reply.match(/\n(（[^（）\n]*AI生成[^（）\n]*）)/);
}
const randomId = () => "oConsole" + Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");

export class Phone {
  // `hooks`: mode() -> {safe, fault}, open(turn), menu() -> buttons, say(text) for notices.
  constructor(name, hooks) {
    this.name = name;
    this.hooks = hooks;
    this.turns = [];
    this.lastTime = 0;
    this.waiting = 0;
    this.speaking = false;
    this.root = $("phone-template").content.firstElementChild.cloneNode(true);
    this.root.dataset.follower = name;
    this.part = (what) => this.root.querySelector(`.${what}`);
    this.chat = this.part("chat");
    this.text = this.part("text");
    this.follower = localStorage.getItem(`follower-${name}`) || this.renew();
    this.wire();
    this.restore();
  }

  renew() {
    this.follower = randomId();
    localStorage.setItem(`follower-${this.name}`, this.follower);
    return this.follower;
  }

  wire() {
    this.part("composer").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.part("speak").addEventListener("click", () => this.speak(!this.speaking));
    this.part("plus").addEventListener("click", () => { this.part("extras").hidden = !this.part("extras").hidden; });
    this.part("to-menu").addEventListener("click", () => this.showMenu(true));
    this.part("to-keys").addEventListener("click", () => this.showMenu(false));
    this.part("follow").addEventListener("click", () => this.toggleFollow());
    for (const node of this.root.querySelectorAll("[data-kind]")) node.addEventListener("click", () => this.extra(node.dataset.kind));
    this.part("file").addEventListener("change", () => this.sendPicture());
    this.chat.addEventListener("keydown", (event) => this.walk(event));
  }

  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [...this.chat.querySelectorAll(".bubble[tabindex]")];
    const at = stops.indexOf(document.activeElement);
    stops[at < 0 ? stops.length - 1 : Math.max(0, Math.min(stops.length - 1, at + step))]?.focus();
  }

  speak(on) {
    this.speaking = on;
    this.root.classList.toggle("speaking", on);
    this.text.dataset.hint = on ? "speak" : "ask";
    this.part("speak").dataset.name = on ? "keyboard" : "voice";
    translate(this.root);
    this.text.focus();
  }

  submit() {
    const text = this.text.value.trim();
    if (!text && !this.speaking) return;
    this.text.value = "";
    this.send(this.speaking ? "voice" : "text", text);
    if (this.speaking) this.speak(false);
  }

  extra(kind) {
    this.part("extras").hidden = true;
    const said = this.text.value.trim();
    if (kind === "image") { this.part("file").click(); return; }
    this.text.value = "";
    this.send(kind, { location: said || "杭州市西湖区", link: said || "本草纲目 · 卷一" }[kind] ?? said);
  }

  sendPicture() {
    const file = this.part("file").files[0];
    if (!file) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => this.send("image", "", { picture: reader.result }));
    reader.readAsDataURL(file);
    this.part("file").value = "";
  }

  showMenu(on) {
    this.part("composer").hidden = on;
    this.part("menubar").hidden = !on;
    if (!on) { this.text.focus(); return; }
    const row = this.part("buttons");
    row.replaceChildren(...this.hooks.menu().map((entry) => this.menuButton(entry)));
    row.querySelector("button")?.focus();
  }

  menuButton(entry) {
    const box = element("div", "entry");
    if (!entry.sub_button) {
      box.append(button("", entry.name, () => this.tapMenu(entry)));
      return box;
    }
    const sub = element("div", "sub");
    sub.hidden = true;
    sub.append(...entry.sub_button.map((one) => button("", one.name, () => { sub.hidden = true; this.tapMenu(one); })));
    box.append(sub, button("has-sub", entry.name, () => { sub.hidden = !sub.hidden; }));
    return box;
  }

  // The account's suggested questions, above the text box; a tap sends one.
  suggest(questions) {
    const row = this.part("suggestions");
    row.hidden = !questions.length;
    if (row.textContent !== questions.join("")) row.replaceChildren(...questions.map((one) => button("chip", one, () => this.send("text", one))));
  }

  // Who has the conversation: a strip while a person does, or was waited for in vain.
  async lookAtHandover() {
    const found = await call(`/console/handover/${this.follower}`);
    const strip = this.part("handover");
    strip.hidden = !found.state;
    if (!found.state) return;
    const left = Math.max(0, Math.ceil((found.until - found.now) / 60));
    strip.textContent = t(`h_${found.state}`) + (found.state === "missed" ? "" : ` · ${t("handoverLeft")} ${left} min`);
    if (!found.desk) return;
    const link = element("a", "", t("toDesk"));
    link.href = found.desk;
    link.target = "_blank";
    strip.append(" · ", link);
  }

  tapMenu(entry) {
    this.send(entry.type === "view" ? "view" : "click", entry.key || entry.url || "", { quiet: true });
  }

  toggleFollow() {
    this.send(this.following ? "unsubscribe" : "subscribe", "", { quiet: true });
  }

  get following() { return !this.root.classList.contains("stranger"); }
  set following(on) {
    this.root.classList.toggle("stranger", !on);
    this.part("follow").dataset.t = on ? "unfollow" : "follow";
    translate(this.root);
  }

  // Sends a message as this follower; returns its turn.
  async send(kind, text, { picture = "", quiet = false, messageId, fault } = {}) {
    if (!quiet) this.mine(kind, text, picture);
    const place = this.line(false);
    const dots = element("div", "bubble dots");
    dots.append(element("i"), element("i"), element("i"));
    place.stack.append(dots);
    this.typing(1);
    this.bottom();
    try {
      const mode = this.hooks.mode();
      const turn = await push({ follower: this.follower, kind, text, messageId, safe: mode.safe, fault: fault || mode.fault });
      this.show(place, turn);
      this.keep({ ...turn, picture: picture.length < 200000 ? picture : "", quiet });
      return turn;
    } catch (error) {
      place.line.replaceWith(element("div", "notice", error.why ? this.hooks.because(error.why) : String(error.message || error)));
      return null;
    } finally {
      this.typing(-1);
      this.bottom();
      this.lookAtHandover().catch(() => {}); // the status line says what fails
    }
  }

  show(place, turn) {
    if (turn.kind === "subscribe") this.following = true;
    if (turn.kind === "unsubscribe") this.following = false;
    if (turn.failed) {
      const notice = button("notice fault", t("fault"), () => this.hooks.open(turn));
      place.line.replaceWith(notice);
    } else if (!turn.reply) {
      const told = turn.kind === "unsubscribe" ? t("unfollowed") : t("quiet");
      place.line.replaceWith(button("notice", told, () => this.hooks.open(turn)));
    } else {
      this.theirs(place, turn);
    }
  }

  theirs(place, turn) {
    const bubble = element("div", "bubble");
    bubble.tabIndex = 0;
    const label = labelIn(turn.reply);
    this.fill(bubble, label ? turn.reply.replace(label[0], "") : turn.reply);
    if (label) bubble.append(element("span", "label", label[1]));
    if (turn.pushed) {
      const way = element("span", "info", t("pushed"));
      way.dataset.t = "pushed";
      place.stack.replaceChildren(bubble, way);
      return;
    }
    bubble.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target === bubble) this.hooks.open(turn); });
    const info = button("info", "", () => this.hooks.open(turn));
    const more = element("u", "", t("detail"));
    more.dataset.t = "detail";
    info.append(`${turn.ms} ms · ${turn.tries.length}× · `, more);
    if (turn.agree === false) info.classList.add("bad");
    place.stack.replaceChildren(bubble, info);
  }

  // The platform's clients show only links in a text; everything else stays text.
  fill(bubble, text) {
    const link = /<a href="([^"]*)"[^>]*>([^<]*)<\/a>/g;
    let at = 0;
    let found;
    while ((found = link.exec(text)) !== null) {
      bubble.append(text.slice(at, found.index));
      const command = new URL(found[1].replace(/&amp;/g, "&")).searchParams.get("msgmenucontent");
      const shown = found[2].replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
      bubble.append(command ? button("tap", shown, () => this.send("text", command)) : element("span", "", shown));
      at = found.index + found[0].length;
    }
    bubble.append(text.slice(at));
  }

  // A customer-service message: nobody asked for it just now.
  receive(message) {
    this.stamp(1000 * message.at);
    const turn = { kind: "pushed", text: "", reply: message.text, generated: message.generated, at: 1000 * message.at, tries: [], quiet: true, pushed: true };
    this.theirs(this.line(false), turn);
    this.keep(turn);
    this.bottom();
  }

  mine(kind, text, picture, at = Date.now()) {
    this.stamp(at);
    const { stack } = this.line(true);
    const bubble = element("div", `bubble as-${kind}`);
    if (kind === "voice") {
      const seconds = Math.max(1, Math.round(text.length / 4));
      bubble.append(element("span", "waves"), element("span", "", `${seconds}″`));
      bubble.style.setProperty("--seconds", Math.min(30, seconds));
      stack.append(bubble);
      if (text) stack.append(element("div", "heard", text));
      return;
    }
    if (kind === "image" && picture) {
      const shown = element("img");
      shown.src = picture;
      shown.alt = t("image");
      bubble.append(shown);
    } else if (kind === "location" || kind === "link" || kind === "video" || kind === "image") {
      bubble.append(element("b", "", text || t(kind)), element("span", "card", t(kind)));
    } else {
      bubble.textContent = text;
    }
    stack.append(bubble);
    this.bottom();
  }

  line(mine) {
    const line = element("div", mine ? "row mine" : "row");
    const stack = element("div", "stack");
    const face = element("div", "face", mine ? { A: "甲", B: "乙" }[this.name] : document.body.dataset.face);
    face.setAttribute("aria-hidden", "true");
    line.append(face, stack);
    this.chat.append(line);
    return { line, stack };
  }

  stamp(at) {
    if (at - this.lastTime < GAP_MS) return;
    this.lastTime = at;
    this.chat.append(element("div", "time", clock(at)));
  }

  typing(change) {
    this.waiting += change;
    this.part("title").dataset.t = this.waiting > 0 ? "typing" : "account";
    this.part("title").textContent = t(this.part("title").dataset.t);
  }

  bottom() { this.chat.scrollTop = this.chat.scrollHeight; }

  keep(turn) {
    this.turns = [...this.turns, turn].slice(-MOST_KEPT);
    try {
      sessionStorage.setItem(`turns-${this.name}`, JSON.stringify(this.turns));
    } catch { /* the browser's store is full: a reload begins anew */ }
  }

  restore() {
    try {
      this.turns = JSON.parse(sessionStorage.getItem(`turns-${this.name}`)) || [];
    } catch { this.turns = []; }
    for (const turn of this.turns) {
      if (!turn.quiet) this.mine(turn.kind, turn.text, turn.picture, turn.at);
      this.show(this.line(false), turn);
    }
    this.bottom();
  }

  clear() {
    this.turns = [];
    this.lastTime = 0;
    sessionStorage.removeItem(`turns-${this.name}`);
    this.chat.replaceChildren();
    this.renew();
  }

  mark(text, good) {
    const last = [...this.chat.querySelectorAll(".info, .notice")].at(-1);
    last?.append(element("span", good ? "mark good" : "mark bad", ` · ${text}`));
  }
}
