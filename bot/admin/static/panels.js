"use strict";
// The panels that follow the overview: state, tiles, charts, workers, model, replies, errors, quota.

const PATHS = [
  ["passive", "被动回复", "passive reply"],
  ["tap", "点开再看", "tap link"],
  ["message", "客服消息", "customer message"],
  ["fixed", "固定回答", "fixed answer"],
];
const STATES = { ready: ["正常", "ready"], degraded: ["有隐患", "degraded"], down: ["停摆", "down"], paused: ["暂停收问", "paused"] };
const TROUBLES = {
  send_errors: ["客服消息被拒", "custom/send refused"], inbox_rejected: ["未收下的问题", "questions not taken"],
  ambiguous_sends: ["发送结果不明", "ambiguous sends"], blocked: ["词表拦截", "stopped by word list"],
  generation_failed: ["生成失败", "generation failed"], poison: ["毒消息", "poison messages"],
  lease_lost: ["租约丢失", "leases lost"], fenced: ["迟到写入被拒", "late commits refused"],
  reaped: ["重新唤起", "turns queued again"], history_unreadable: ["历史读不出", "history unreadable"],
  signatures_reused: ["签名被重用", "signatures reused"], admin_refused: ["管理令牌错误", "wrong admin tokens"],
  metrics_refused: ["指标令牌错误", "wrong metrics tokens"], webhook: ["回调", "webhook"], events: ["其他", "other"],
};

const seconds = (s) => (s === null || s === undefined ? "–" : s < 1 ? `${Math.round(s * 1000)} ms` : s < 120 ? `${figure(s)} s` : ago(s));
function ago(s) {
  if (s < 120) return `${Math.max(0, Math.round(s))} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}
const mib = (bytes) => `${figure(bytes / 1048576)} MiB`;

function table(place, heads, rows, empty) {
  if (!rows.length) {
    place.replaceChildren(element("p", "dim", empty));
    return;
  }
  const node = element("table");
  const head = element("tr");
  for (const text of heads) head.append(element("th", "", text));
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  for (const cells of rows) {
    const line = element("tr");
    cells.forEach((cell, n) => {
      const box = element("td");
      if (heads[n]) box.dataset.head = heads[n];
      if (cell instanceof Node) box.append(cell); else box.textContent = cell;
      line.append(box);
    });
    body.append(line);
  }
  node.append(top, body);
  place.replaceChildren(node);
}

function showState(seen) {
  $("state").textContent = say(...STATES[seen.state]);
  $("state").className = `pill ${seen.state}`;
  const list = $("problems");
  list.hidden = !seen.problems.length;
  list.replaceChildren(...seen.problems.map((one) => element("li", "", say(one.zh, one.en))));
}

function showTiles(seen) {
  const now = seen.figures;
  const recent = seen.recent;
  const tile = (zh, en, value, note, mood) => {
    const box = element("div", `tile ${mood || ""}`);
    box.append(element("dt", "", say(zh, en)), element("dd", "", value), element("dd", "note", note || ""));
    return box;
  };
  const last5 = say("近 5 分钟", "last 5 minutes");
  $("tiles").replaceChildren(
    tile("等待中", "Waiting", figure(now.waiting), say(`上限 ${now.waiting_limit}`, `of ${now.waiting_limit} at most`), now.waiting > 0.8 * now.waiting_limit ? "bad" : ""),
    tile("最久等待", "Oldest wait", seconds(now.oldest_s), now.overdue_s > 0 ? say(`逾期 ${seconds(now.overdue_s)}`, `${seconds(now.overdue_s)} overdue`) : say("没有逾期", "none overdue"), now.oldest_s > 5 ? "bad" : ""),
    tile("每秒轮次", "Turns/s", figure(recent.turns), last5),
    tile("回复 p50", "Reply p50", seconds(recent.p50), last5),
    tile("回复 p95", "Reply p95", seconds(recent.p95), last5, recent.p95 > now.deadline_s ? "bad" : ""),
    tile("回复 p99", "Reply p99", seconds(recent.p99), last5, recent.p99 > now.deadline_s ? "bad" : ""),
    tile("错过 5 秒", "Missed 5 s", recent.late === null ? "–" : `${figure(100 * recent.late)} %`, last5, recent.late > 0.05 ? "bad" : ""),
    tile("处理中", "In flight", figure(now.in_flight), say(`${now.users_active} 位用户`, `${now.users_active} users`)),
    tile("待发", "Outbox", figure(now.outbox), say("位用户的客服消息", "users with messages to send")),
    tile("死信", "Dead letters", figure(now.dead), now.dead ? say("等你处理", "wait for you") : "", now.dead ? "bad" : ""),
  );
}

function showCharts(seen) {
  const points = seen.points;
  drawChart($("chart-replies"), { title: say("每秒回复", "Replies per second"), points, stacked: true,
    series: PATHS.map(([key, zh, en], n) => ({ key, name: say(zh, en), of: (point) => point.paths[n] })) });
  drawChart($("chart-time"), { title: say("从提问到回复（秒）", "From question to reply (s)"), unit: " s", points, limit: seen.figures.deadline_s,
    series: ["p50", "p95", "p99"].map((key) => ({ key, name: key, of: (point) => point[key] })) });
  drawChart($("chart-queue"), { title: say("队列", "Queue"), points,
    series: [{ key: "waiting", name: say("等待", "waiting"), of: (p) => p.waiting }, { key: "flight", name: say("处理中", "in flight"), of: (p) => p.in_flight },
      { key: "staff", name: say("进程", "workers"), of: (p) => p.workers }] });
  drawChart($("chart-wait"), { title: say("最久等待与错误", "Oldest wait and errors"), points,
    series: [{ key: "oldest", name: say("最久等待 s", "oldest wait s"), of: (p) => p.oldest_s }, { key: "late", name: say("错过 /s", "missed /s"), of: (p) => p.late },
      { key: "trouble", name: say("错误 /s", "errors /s"), of: (p) => p.errors }] });
}

function showWorkers(seen) {
  const wanted = seen.model.wanted;
  const rows = seen.workers.map((worker) => [
    worker.name, worker.host, `${worker.model} ${worker.version}${wanted && worker.gen !== wanted.gen ? say("（旧）", " (old)") : ""}`, worker.backend,
    String(worker.in_flight), ago(worker.heard_s), ago(seen.now - worker.started_at), worker.problem || "–",
    button(say("排空…", "Drain…"), () => drain(worker.name)),
  ]);
  const heads = english ? ["Name", "Host", "Model", "Backend", "In flight", "Heartbeat", "Up", "Problem", ""] : ["名称", "主机", "模型", "后端", "处理中", "心跳", "已运行", "问题", ""];
  table($("worker-rows"), heads, rows, say("没有活着的工作进程。", "No worker is alive."));
  const paused = seen.figures.paused_s;
  $("pause-said").textContent = paused
    ? say(`已暂停收问，${ago(paused)}后自动恢复；已收下的照常回答。`, `Questions are refused for ${ago(paused)} more; accepted ones are answered.`)
    : say("正在收问。暂停后新问题会得到如实说明，急症提示与指令照常。", "Questions are taken. While paused, new ones get an honest word; emergencies and commands work on.");
  $("pause").textContent = paused ? say("恢复", "Resume") : say("暂停…", "Pause…");
  $("pause").dataset.paused = paused ? "1" : "";
}

function showModel(seen) {
  const model = seen.model;
  const list = element("ul", "serving");
  for (const one of model.serving) list.append(element("li", "", `${one.model} ${one.version} · ${one.backend} · ${say(`${one.workers} 个进程`, `${one.workers} worker(s)`)}`));
  if (!model.serving.length) list.append(element("li", "dim", say("没有在服务的模型", "no model is served")));
  const wish = model.wanted ? say(`已宣布：${model.wanted.name}（第 ${model.wanted.gen} 次）`, `announced: ${model.wanted.name} (number ${model.wanted.gen})`)
    : say(`按设置：${model.configured}`, `as configured: ${model.configured}`);
  $("serving").replaceChildren(list, element("p", "dim", wish));
  $("reload-name").placeholder = say("模型文件夹名，例如 tcm", "name of a model folder, such as tcm");
  $("rollback").textContent = model.previous ? say(`退回 ${model.previous}…`, `Back to ${model.previous}…`) : say("无可退回", "Nothing to go back to");
  $("rollback").disabled = !model.previous;
  $("rollback").dataset.model = model.previous || "";
}

async function showCard(seen) {
  const place = $("card-body");
  const names = seen.model.serving.map((one) => `${one.model}@${one.version}`);
  if (!$("card").open || place.dataset.names === names.join() + english) return;
  place.dataset.names = names.join() + english;
  place.replaceChildren();
  for (const name of new Set(names)) {
    try {
      const { fields, readme } = await call("GET", `card?model=${encodeURIComponent(name)}`);
      const facts = element("dl", "facts");
      for (const [key, value] of Object.entries(fields)) {
        facts.append(element("dt", "", key.replaceAll("_", " ")));
        const text = Array.isArray(value) ? value.join(", ") : typeof value === "object" ? "" : typeof value === "number" ? value.toLocaleString() : value;
        const box = element("dd", "", text);
        if (value && typeof value === "object" && !Array.isArray(value)) for (const [k, v] of Object.entries(value)) box.append(element("div", "", `${k}: ${v}`));
        facts.append(box);
      }
      place.append(element("h3", "", name), facts);
      if (readme) {
        const more = element("details");
        more.append(element("summary", "", "README.md"), element("pre", "", readme));
        place.append(more);
      }
    } catch (error) {
      place.append(element("p", "dim", `${name}: ${error.message}`));
    }
  }
}

function showReplies(seen) {
  const paths = seen.paths;
  const total = Math.max(1, ...PATHS.map(([key]) => paths[key]));
  const rows = PATHS.map(([key, zh, en]) => {
    const line = element("div", "bar-row");
    const bar = element("meter", key);
    bar.max = total;
    bar.value = paths[key];
    line.append(element("span", "", say(zh, en)), bar, element("b", "", paths[key].toLocaleString()));
    return line;
  });
  const late = say(`${paths.late.toLocaleString()} 次没赶上 5 秒窗口，改走点链接或客服消息。`, `${paths.late.toLocaleString()} missed the 5 s window and left by tap link or customer message.`);
  $("path-rows").replaceChildren(...rows, element("p", "dim", late));
  const heads = english ? ["What", "Code", "Count"] : ["类别", "代码", "次数"];
  const errors = seen.errors.map((row) => [say(...(TROUBLES[row.what] || [row.what, row.what])), row.code, row.n.toLocaleString()]);
  table($("error-rows"), heads, errors, say("还没有错误。", "No errors so far."));
}

function showQuota(seen) {
  const quota = seen.quota;
  const rows = [];
  const row = (zh, en, value) => rows.push(element("dt", "", say(zh, en)), element("dd", "", value));
  row("被动回复", "Passive replies", say("不占额度", "cost no quota"));
  row("客服消息", "Customer messages", quota.can_send ? say(`可用，已发 ${quota.sent}`, `open, ${quota.sent} sent`) : say("此账号不可用，改用点链接", "not open to this account; tap links instead"));
  if (quota.can_send) {
    row("五条用完（45047）", "Five used up (45047)", figure(quota.used_up));
    row("超出 48 小时（45015）", "Outside 48 h (45015)", figure(quota.window_over));
    row("access_token", "access_token", say(`取 ${quota.tokens.ok} 次，失败 ${quota.tokens.failed}`, `fetched ${quota.tokens.ok}×, failed ${quota.tokens.failed}`));
  }
  const account = quota.account;
  row("全账号限速", "Account's rate", account.limit ? `${figure(account.used)} / ${account.limit} (${ago(account.window_s)})` : say("不限", "no limit"));
  row("每人限速", "Rate per user", `${quota.user_rate || say("不限", "no limit")} · ${say(`最多 ${quota.inbox_limit} 条未答`, `${quota.inbox_limit} unanswered at most`)}`);
  row("Redis", "Redis", `${seen.figures.redis.version} · ${mib(seen.figures.redis.used_bytes)}${seen.figures.redis.limit_bytes ? ` / ${mib(seen.figures.redis.limit_bytes)}` : ""} · AOF ${seen.figures.redis.appendonly ? "✓" : "✗"}`);
  $("quota-rows").replaceChildren(...rows);
  $("ask-quota").hidden = !quota.can_send;
  const votes = seen.votes;
  const all = votes.up + votes.down;
  const share = element("meter", "passive");
  share.max = Math.max(1, all);
  share.value = votes.up;
  $("votes").replaceChildren(element("span", "", say(`赞 ${votes.up}`, `${votes.up} up`)), share, element("span", "", say(`踩 ${votes.down}`, `${votes.down} down`)), element("a", "", say(`${votes.comments} 条留言`, `${votes.comments} comments`)));
  $("votes").lastChild.href = "#feedback";
}
