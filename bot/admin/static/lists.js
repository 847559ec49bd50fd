"use strict";
// Lists that the operator acts on: dead letters, feedback, the audit log, RQ, and one user.

const day = (at) => new Date(at * 1000).toLocaleString([], { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });

function userLink(user) {
  if (!user) return "–";
  const node = button(user.slice(0, 8), () => { $("user").value = user; look(user); $("users").scrollIntoView(); $("user").focus(); }, "link");
  node.title = user;
  return node;
}

function pairOf(...nodes) {
  const box = element("span", "row tight");
  box.append(...nodes);
  return box;
}

async function showDead() {
  const { dead } = await call("GET", "dead");
  const rows = dead.map((entry) => [day(entry.at), entry.id, userLink(entry.user), pairOf(
    button(say("再试…", "Try again…"), () => act({
      title: say("再试这条消息？", "Try this message again?"), yes: say("再试", "Try again"),
      text: say(`消息 ${entry.id} 会回到用户的队列末尾，再有三次机会。`, `Message ${entry.id} goes to the end of its user's queue, with three tries.`),
      run: () => call("POST", `dead/${entry.name}/requeue`), then: showDead })),
    button(say("删除…", "Delete…"), () => act({
      title: say("删除这条消息？", "Delete this message?"), yes: say("删除", "Delete"), danger: true,
      text: say(`消息 ${entry.id} 将不能再试。`, `Message ${entry.id} cannot be tried again after that.`),
      run: () => call("DELETE", `dead/${entry.name}`), then: showDead }), "danger"))]);
  const heads = english ? ["When", "Message", "User", ""] : ["时间", "消息", "用户", ""];
  table($("dead-rows"), heads, rows, say("没有死信。", "No dead letters."));
}

async function showFeedback() {
  const { feedback } = await call("GET", "feedback");
  const rows = feedback.slice(0, 100).map((entry) => [day(entry.at), userLink(entry.user), entry.text, button(say("处理完了…", "Done…"), () => act({
    title: say("删除这条留言？", "Delete this comment?"), yes: say("删除", "Delete"), danger: true,
    text: say("已经处理完，不再需要。", "It was dealt with and is not needed any more."),
    run: () => call("DELETE", `feedback/${entry.name}`), then: showFeedback }))]);
  const heads = english ? ["When", "User", "Words", ""] : ["时间", "用户", "内容", ""];
  table($("feedback-rows"), heads, rows, say("没有留言。", "No comments."));
}

async function showAudit() {
  const { audit } = await call("GET", "audit");
  const known = new Set(["name", "at", "what", "user"]);
  const rows = audit.slice(0, 100).map((entry) => [day(entry.at), entry.what, userLink(entry.user),
    Object.entries(entry).filter(([key, value]) => !known.has(key) && value !== "").map(([key, value]) => `${key} ${value}`).join(", ") || "–"]);
  const heads = english ? ["When", "What", "User", "Detail"] : ["时间", "操作", "用户", "详情"];
  table($("audit-rows"), heads, rows, say("还没有记录。", "Nothing yet."));
}

async function showRq() {
  const seen = await call("GET", "rq");
  const place = $("rq-rows");
  const counts = element("p", "chips");
  for (const [name, n] of Object.entries(seen.counts)) counts.append(element("span", n ? "chip some" : "chip", `${name} ${n}`));
  const workers = element("div", "scroll");
  table(workers, english ? ["Worker", "State", "Heartbeat", "Jobs", "Failed", "RQ"] : ["进程", "状态", "心跳", "任务", "失败", "RQ"],
    seen.workers.map((w) => [w.name, w.state || "–", w.last_heartbeat ? ago(Date.now() / 1000 - Date.parse(w.last_heartbeat) / 1000) : "–",
      w.successful_job_count || "0", w.failed_job_count || "0", w.version || "–"]), say("RQ 没有登记的进程。", "RQ knows no worker."));
  const jobs = element("div", "scroll");
  table(jobs, english ? ["Job", "Status", "Queued", "Worker"] : ["任务", "状态", "入队", "进程"],
    seen.jobs.map((job) => [job.id.slice(0, 8), job.status || "–", job.enqueued_at ? job.enqueued_at.slice(11, 19) : "–", job.worker_name || "–"]), say("没有等待或失败的任务。", "No job waits or failed."));
  place.replaceChildren(element("p", "dim", say("任务只是门铃：“去看看这位用户”。账目在上面，不在这里。", "A job is only a doorbell: “look at this user”. The ledger is above, not here.")), counts, workers, jobs);
}

async function look(user) {
  const place = $("user-found");
  try {
    const found = await call("GET", `users/${encodeURIComponent(user)}`);
    const facts = element("dl", "facts");
    const row = (zh, en, value) => facts.append(element("dt", "", say(zh, en)), element("dd", "", value));
    row("编号", "Hashed id", found.user);
    row("保存的轮次", "Turns kept", found.turns ? `${found.turns}（${day(found.last_at)}）` : "0");
    row("自动删除", "Forgotten in", found.forgotten_in_s ? ago(found.forgotten_in_s) : "–");
    row("等待 / 未读 / 待发", "Waiting / unread / outbox", `${found.waiting} / ${found.unread} / ${found.outbox}`);
    row("留言 / 死信", "Comments / dead letters", `${found.feedback} / ${found.dead}`);
    row("同意保存", "Consent", found.consented ? say("是", "yes") : say("否", "no"));
    row("停用", "Suspended", found.suspended_s ? ago(found.suspended_s) : say("否", "no"));
    row("键", "Keys", String(found.keys));
    const id = found.user;
    const again = () => look(id);
    const suspended = found.suspended_s
      ? button(say("恢复提问", "Restore"), () => act({ title: say("恢复此用户的提问？", "Let this user ask again?"), yes: say("恢复", "Restore"), text: id, run: () => call("DELETE", `users/${id}/suspend`), then: again }))
      : button(say("停用 24 小时…", "Suspend 24 h…"), () => act({ title: say("停用此用户 24 小时？", "Suspend this user for 24 h?"), yes: say("停用", "Suspend"), text: say("其提问不再收下；急症提示与指令照常。", "No question is taken; emergencies and commands work on."), run: () => call("POST", `users/${id}/suspend`, { hours: 24 }), then: again }));
    place.replaceChildren(facts, pairOf(
      button(say("导出…", "Export…"), () => act({ title: say("导出此用户的全部内容？", "Export everything of this user?"), yes: say("导出", "Export"), text: say("文件含对话原文，属于个人信息；此操作会记录。", "The file holds the conversation itself, which is personal data; this is noted."), run: () => save(id) })),
      suspended,
      button(say("删除全部…", "Erase…"), () => act({ title: say("删除此用户的全部内容？", "Erase everything of this user?"), yes: say("删除", "Erase"), danger: true, text: say("历史、等待中的消息、未读回复、留言都会删除，不能恢复。", "History, waiting messages, unread replies and comments go for good."), run: () => call("DELETE", `users/${id}`), then: () => place.replaceChildren(element("p", "dim", say("已删除。", "Erased."))) }), "danger")));
  } catch (error) {
    place.replaceChildren(element("p", "dim", error.message));
  }
}

async function save(user) {
  const found = await call("POST", `users/${user}/export`);
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(found, null, 1)], { type: "application/json" }));
  link.download = `xinglin-${user.slice(0, 8)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
