// What one can do to the service and to a conversation, besides sending messages.

import { $, call, download } from "./dom.js";
import { showComparison } from "./drawer.js";
import { push } from "./platform.js";
import { both, rename, t } from "./words.js";

let known = { workers: [], models: [], menu: [], refused: {} };

export const service = () => known;
export const servedModel = () => (known.workers[0] ? `${known.workers[0].model}@${known.workers[0].version}` : "");

export function say(text, bad = false) {
  const toast = $("toast");
  toast.textContent = text;
  toast.classList.toggle("bad", bad);
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.hidden = true; }, 7000);
}

// Does something, or says why it cannot be done here.
export async function attempt(name, act) {
  const why = known.refused[name];
  if (why?.zh) { say(both(why), true); return; }
  try {
    await act();
  } catch (error) {
    say(error.why ? both(error.why) : String(error.message || error), true);
  }
  await refresh();
}

// Shows the name of the version that serves now; the page itself may be older.
function takeAccount(account) {
  if (!account) return;
  Object.assign(document.body.dataset, { account: account.name, face: account.avatar, label: account.label });
  $("account-name").textContent = account.name;
  document.title = `${account.name} · Xinglin`;
  rename(account.name);
}

export async function refresh() {
  try {
    known = await call("/console/state");
  } catch (error) {
    $("status").textContent = String(error.message || error);
    return;
  }
  const worker = known.workers[0];
  takeAccount(known.account);
  $("status").textContent = worker
    ? `${worker.model} ${worker.version} · ${worker.backend} · ${known.workers.length} ${t("workers")} · ${known.waiting} ${t("waiting")}`
    : t("noWorker");
  if (known.account?.problem) $("status").textContent += ` · ${both(known.account.problem)}`;
  $("status").classList.toggle("bad", !worker || Boolean(known.account?.problem));
  for (const [name, why] of Object.entries(known.refused)) {
    const node = $(name);
    node.classList.toggle("cannot", Boolean(why.zh));
    node.title = why.zh ? both(why) : "";
  }
  const chosen = $("model").value;
  $("model").replaceChildren(...known.models.map((name) => Object.assign(document.createElement("option"), { value: name, textContent: name })));
  $("model").value = known.models.includes(chosen) ? chosen : worker?.model || known.models[0] || "";
}

// What the service sent by itself since the last time; only where this console plays the platform.
export async function collect(phones) {
  if (!known.played) return;
  for (const phone of phones) {
    const found = await call(`/console/pushed/${phone.follower}`);
    found.messages.forEach((message) => phone.receive(message));
  }
}

export const kill = () => attempt("kill", async () => {
  const found = await call("/console/kill", {});
  say(`${t("didKill")} ${found.pid}`);
});

export const steal = () => attempt("steal", async () => {
  await call("/console/steal", {});
  say(t("didSteal"));
});

export const swap = (model) => attempt("swap", async () => {
  const found = await call("/console/swap", { model });
  say(`${t("didSwap")} ${found.model}`);
});

// Asks two models the same, with the same MsgId, so that both draw with the same seed.
export const compare = (question, safe) => attempt("compare", async () => {
  if (!question) { say(t("compareAsk"), true); return; }
  const served = known.workers[0]?.model;
  const other = $("model").value !== served ? $("model").value : known.models.find((name) => name !== served);
  const follower = () => `oConsoleCompare${Math.random().toString(36).slice(2, 10)}`;
  const first = { ...(await push({ follower: follower(), kind: "text", text: question, safe })), model: served };
  const turns = [first];
  await call("/console/swap", { model: other });
  try {
    turns.push({ ...(await push({ follower: follower(), kind: "text", text: question, safe, messageId: first.message_id })), model: other });
  } finally {
    await call("/console/swap", { model: served });
  }
  await showComparison(turns);
});

function saved(phone) {
  const turns = phone.turns.filter((turn) => !turn.failed && !turn.pushed).map(({ kind, text, message_id, fault, reply, generated, at }) => ({
    kind, text, message_id, fault, reply, generated, at,
  }));
  return { format: "xinglin-conversation", model: servedModel(), safe: phone.turns.some((turn) => turn.safe), turns };
}

export function save(phone) {
  if (!phone.turns.length) { say(t("nothing"), true); return; }
  download("conversation.json", "application/json", JSON.stringify(saved(phone), null, 1));
}

export async function exportTest(phone) {
  if (!phone.turns.length) { say(t("nothing"), true); return; }
  const answer = await fetch("/console/export", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(saved(phone)) });
  if (answer.ok) download("test_conversation.py", "text/x-python", await answer.text());
  else say((await answer.json()).error, true);
}

// Says a saved conversation again as a new follower, with the same MsgIds: a reply of the same
// model is the same, since its seed comes from the MsgId.
export async function replay(file, phone) {
  let found = null;
  try {
    found = JSON.parse(await file.text());
  } catch { /* said below */ }
  if (found?.format !== "xinglin-conversation" || !Array.isArray(found.turns)) { say(t("badFile"), true); return; }
  phone.clear();
  let good = 0;
  for (const turn of found.turns) {
    const again = await phone.send(turn.kind, turn.text, { messageId: turn.message_id, fault: turn.fault, quiet: turn.kind.endsWith("subscribe") || turn.kind === "click" });
    const same = again?.reply === turn.reply;
    good += same;
    phone.mark(t(same ? "same" : "other"), same);
  }
  say(`${t("replayed")} ${good} / ${found.turns.length}`, good < found.turns.length);
}
