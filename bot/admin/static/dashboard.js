"use strict";
// Asks for the overview every five seconds, and carries out what the operator confirms.

const EVERY_MS = 5000;
const SLOW = 6; // lists are asked for each sixth time
let turn = 0;
let last = null;
let heardAt = 0;

// Ask first; `run` gets the number when one was asked for.
function act({ title, text, yes, danger, field, run, then }) {
  const dialog = $("dialog");
  $("dialog-title").textContent = title;
  $("dialog-text").textContent = text || "";
  $("dialog-field").hidden = !field;
  $("dialog-label").textContent = field || "";
  $("dialog-yes").textContent = yes;
  $("dialog-yes").className = danger ? "main danger" : "main";
  dialog.returnValue = "no";
  dialog.showModal();
  $("dialog-no").focus();
  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "yes") return;
    document.body.classList.add("busy");
    try {
      const found = await run(Number($("dialog-value").value));
      toast(summary(found));
      if (then) await then();
    } catch (error) {
      toast(summary(error.found && error.found.gen ? error.found : { error: error.message }), true);
    } finally {
      document.body.classList.remove("busy");
      refresh(true);
    }
  }, { once: true });
}

function summary(found) {
  if (!found || found.error) return found ? found.error : say("已完成", "done");
  if (found.gen) {
    const failed = found.failed.map((one) => `${one.worker}: ${one.error}`);
    const missing = found.missing.map((name) => say(`${name} 没有回应`, `${name} did not answer`));
    return [say(`${found.model}：${found.ok.length} 个进程已换上`, `${found.model}: taken by ${found.ok.length} worker(s)`), ...failed, ...missing].join("；");
  }
  if (found.daily_limit !== undefined) return say(`今日 ${found.used} / ${found.daily_limit}，还剩 ${found.remain}`, `today ${found.used} of ${found.daily_limit}, ${found.remain} left`);
  return say("已完成", "done");
}

function drain(name) {
  act({ title: say("排空这个进程？", "Drain this worker?"), yes: say("排空", "Drain"), text: say(`${name} 做完手上的就退出；守护程序通常会重新启动它。`, `${name} finishes its turns and ends; a supervisor usually starts it anew.`),
    run: () => call("POST", `workers/${encodeURIComponent(name)}/drain`) });
}

function show(seen) {
  showState(seen);
  showTiles(seen);
  showCharts(seen);
  showWorkers(seen);
  showModel(seen);
  showReplies(seen);
  showQuota(seen);
  showCard(seen);
}

function stale() {
  const age = Math.round((Date.now() - heardAt) / 1000);
  $("footer").textContent = `Xinglin ${last ? last.version : ""} · ${age < 15 ? say("每 5 秒更新", "refreshed every 5 s") : say(`${age} 秒没有更新`, `not refreshed for ${age} s`)}`;
  document.body.classList.toggle("stale", age >= 15);
}

async function refresh(all) {
  try {
    last = await call("GET", `overview?minutes=${$("minutes").value}`);
    heardAt = Date.now();
    show(last);
    if (all || turn % SLOW === 0) await Promise.all([showDead(), showFeedback(), showAudit(), showRq()]);
    turn += 1;
  } catch (error) {
    if (error.status === 401) location.reload();
    else if (error.status) toast(error.message, true);
  }
  stale();
}

async function poll() {
  if (!document.hidden) await refresh();
  setTimeout(poll, EVERY_MS);
}

const KEYS = [["1 – 9", "跳到各栏", "jump to a section"], ["/", "找用户", "find a user"], ["r", "立即更新", "refresh now"], ["l", "中文 / English", "中文 / English"], ["← →", "在图上移动", "move in a chart"], ["?", "这张表", "this list"]];
function help() {
  act({ title: say("快捷键", "Keys"), yes: say("好", "OK"), text: KEYS.map(([key, zh, en]) => `${key}  ${say(zh, en)}`).join("\n"), run: async () => ({ ok: true }) });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const links = document.querySelectorAll("nav a");
  if (/^[1-9]$/.test(event.key) && links[event.key - 1]) {
    const section = document.querySelector(links[event.key - 1].getAttribute("href"));
    section.scrollIntoView();
    section.focus({ preventScroll: true });
  } else if (event.key === "/") {
    event.preventDefault();
    $("user").focus();
  } else if (event.key === "r") refresh(true);
  else if (event.key === "l") $("language").click();
  else if (event.key === "?") help();
});

function words() {
  translate();
  $("language").textContent = english ? "中" : "EN";
  $("user").placeholder = say("日志里的 8 位编号，或全部 24 位", "8 digits as in logs, or all 24");
  if (last) show(last);
}

$("language").addEventListener("click", () => { otherLanguage(); words(); refresh(true); });
$("help").addEventListener("click", help);
$("minutes").addEventListener("change", () => refresh());
$("leave").addEventListener("click", async () => { await call("POST", "logout"); location.reload(); });
$("card").addEventListener("toggle", () => { if (last) showCard(last); });
$("find").addEventListener("submit", (event) => { event.preventDefault(); look($("user").value.trim()); });
$("ask-quota").addEventListener("click", () => act({ title: say("向平台查询？", "Ask the platform?"), yes: say("查询", "Ask"), text: say("会用 access_token 调用一次平台接口。", "Makes one call of the platform's API with the access token."), run: () => call("POST", "quota") }));
$("reload").addEventListener("submit", (event) => {
  event.preventDefault();
  const model = $("reload-name").value.trim();
  act({ title: say(`换上 ${model}？`, `Load ${model}?`), yes: say("换上", "Load"), text: say("每个进程先载入新模型再切换；进行中的回复用旧模型写完。载入失败则保留旧的。", "Each worker loads it beside the old one and then switches; replies under way finish on the old. If it cannot be loaded the old one stays."),
    run: () => call("POST", "reload", { model }) });
});
$("rollback").addEventListener("click", () => act({ title: say(`退回 ${$("rollback").dataset.model}？`, `Back to ${$("rollback").dataset.model}?`), yes: say("退回", "Go back"), text: say("之前服务过的模型会重新换上。", "The model that served before is taken again."), run: () => call("POST", "rollback") }));
$("pause").addEventListener("click", () => {
  if ($("pause").dataset.paused) act({ title: say("恢复收问？", "Take questions again?"), yes: say("恢复", "Resume"), run: () => call("POST", "resume") });
  else act({ title: say("暂停收问？", "Take no questions?"), yes: say("暂停", "Pause"), danger: true, field: say("小时", "hours"), text: say("新问题会得到“正在检修”的说明；到时自动恢复。", "New questions get an honest word; it ends by itself."), run: (hours) => call("POST", "pause", { hours }) });
});
addEventListener("resize", () => { if (last) showCharts(last); });
setInterval(stale, 5000);
words();
poll();
