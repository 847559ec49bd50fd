// Every word of the console in both languages.

const WORDS = {
  account: ["杏林", "Xinglin"], kicker: ["公众号开发台", "Official-account console"],
  typing: ["对方正在输入…", "typing…"], me: ["我", "Me"],
  ask: ["问点什么…", "Ask in Chinese…"],
  speak: ["说了什么（可留空）", "What was said, if heard"],
  send: ["发送", "Send"], voice: ["语音", "Voice"], keyboard: ["键盘", "Keyboard"], menu: ["菜单", "Menu"],
  more: ["更多", "More"], image: ["图片", "Image"], location: ["位置", "Place"], link: ["链接", "Link"], video: ["视频", "Video"],
  follow: ["关注", "Follow"], unfollow: ["取消关注", "Unfollow"], unfollowed: ["你已取消关注该公众号，数据已删除。", "You unfollowed this account; your data is erased."],
  followed: ["你已关注该公众号", "You follow this account"],
  fault: ["该公众号提供的服务出现故障，请稍后再试", "该公众号提供的服务出现故障，请稍后再试"],
  quiet: ["（没有被动回复）", "(no passive reply)"],
  h_waiting: ["已转人工，机器人不说话", "handed over; the bot is silent"], h_answered: ["真人在回答，机器人不说话", "a person answers; the bot is silent"],
  h_platform: ["在微信的客服工具里", "in the platform's customer-service tool"], h_missed: ["没等到人工，机器人回来了", "nobody came; the bot is back"],
  handoverLeft: ["还剩", "left"], toDesk: ["去回答", "answer it"],
  followerA: ["关注者甲", "Follower A"], followerB: ["关注者乙", "Follower B"],
  two: ["并排两位关注者", "Two followers side by side"], one: ["只看一位", "One follower"],
  mode: ["消息加解密", "Encryption"], plain: ["明文", "Plain"], safe: ["安全模式", "Safe mode"],
  noSafe: ["XINGLIN_WECHAT_MODE 决定加密方式；compatible 时可以选。", "XINGLIN_WECHAT_MODE decides; with `compatible` one can choose."],
  next: ["下一条消息", "Next message"], normal: ["正常发送", "As usual"], twice: ["同时发两次", "Send twice at once"],
  lost: ["应答在路上丢失", "Lose the ack"], killed: ["发出时杀掉 worker", "Kill the worker under it"],
  service: ["服务", "Service"], pushed: ["客服消息 custom/send", "sent by custom/send"], kill: ["杀掉 worker", "Kill the worker"], steal: ["偷走 access_token", "Steal the token"],
  swap: ["换上", "Swap to"], compare: ["比较两个模型", "Compare two models"],
  conversation: ["对话", "Conversation"], save: ["保存", "Save"], replay: ["重放…", "Replay…"], pytest: ["导出 pytest", "Export pytest"],
  clear: ["清空", "Clear"], view: ["界面", "View"], theme: ["明暗", "Light/dark"], keys: ["快捷键", "Keys"], close: ["关闭", "Close"],
  workers: ["worker", "worker"], waiting: ["排队", "waiting"], noWorker: ["没有 worker 在运行", "no worker is running"],
  didKill: ["已用 SIGKILL 结束进程", "Ended with SIGKILL: process"], didSteal: ["平台上的旧 token 已失效；下一次客服消息会刷新一次。", "The kept token is worthless now; the next send refreshes it once."],
  didSwap: ["现在由它回答：", "Now answering:"], nothing: ["还没有可以保存的对话。", "There is no conversation yet."],
  badFile: ["这不是保存下来的对话。", "This is no saved conversation."], same: ["与保存的一致", "as saved"], other: ["与保存的不同", "not as saved"],
  replayed: ["重放完毕，一致：", "Replayed; as saved:"], compareAsk: ["先在输入框里写下要比较的问题。", "First write the question to compare in the text box."],
  detail: ["怎么来的", "how it came about"], drawer: ["这条消息", "This message"], noDrawer: ["点一条消息，看它是怎么来的。", "Choose a message to see how it came about."],
  path: ["一路用时", "Time on the way"], queue: ["排队", "queue"], prefill: ["读入", "prefill"], decode: ["写出", "decode"], rest: ["其余（草稿检查、来回）", "rest (judging drafts, way back)"],
  facts: ["事实", "Facts"], model: ["模型", "Model"], read: ["读入", "Read"], wrote: ["写出", "Wrote"], sampling: ["取样", "Sampling"], worker: ["worker", "Worker"],
  attempt: ["第几次", "attempt"], ofContext: ["占上下文", "of the context"], tries: ["次数", "Tries"], encryption: ["加密", "Encryption"], roundTrip: ["往返", "Round trip"],
  picture: ["生成的样子", "The generation"], hint: ["颜色越红越没把握。把鼠标移到字上，或用方向键，看 Top-E 留下了哪些字节。", "The redder, the less sure. Point at a character, or use the arrow keys, to see which bytes Top-E kept."],
  entropyOf: ["每个字的熵", "entropy of each character"], bits: ["比特", "bits"], byte: ["字节", "byte"], kept: ["个可选", "to draw from"],
  sure: ["有把握", "sure"], unsure: ["没把握", "unsure"],
  drafts: ["草稿", "Drafts"], draftsHint: ["同一批里写的几稿；打勾的一稿送出。", "Written side by side in one batch; the ticked one was sent."],
  v_cut: ["删去了剂量、引文或半句", "a dose, a citation or half a sentence was cut"], v_blocked: ["含有屏蔽词", "holds a blocked word"], v_unsure: ["模型自己没把握，不采用", "the model itself was unsure: dropped"],
  v_poison: ["把有毒的说成无害，不采用", "called a poison harmless: dropped"], v_mended: ["抄错的字已按证据改正", "slips of copying set right from the evidence"], v_unfounded: ["核对没有通过，不采用", "the check refused it: dropped"],
  found: ["查到的", "What was found"], seenAs: ["看作", "Seen as"], foundAs: ["怎么查到", "Found"], subject: ["话题", "Subject"], names: ["名称", "Names"], lacking: ["没有写到的名称", "Names not written of"], find: ["查找", "find"],
  band_answer: ["回答", "answer"], band_offer: ["给几个题目点选", "offer topics"], band_pass: ["没有写到", "nothing on this"],
  wordsHint: ["回答里的话出自哪一条（同色）；没有底色的不在证据里。", "Which piece the reply's words stand in (same colour); without colour: in none."],
  toldBy: ["回答出自", "Told from"], by_cell: ["表里的一格", "a cell of a table"], by_card: ["表里的一行", "a row of a table"], by_group: ["表里的一列", "a column of a table"], by_note: ["一条笔记", "a note"], by_library: ["书库引文", "the library"], by_source: ["出处", "the source"], by_talk: ["闲聊", "small talk"], by_offered: ["几个题目", "topics offered"], by_lacks: ["没写到这一点", "nothing on that of it"], by_all: ["没有更多", "nothing more"], by_unclear: ["问是哪一样", "asked which is meant"], by_said: ["对方自己的话", "the follower's own words"], by_nothing: ["没有写到", "nothing on this"], by_model: ["模型自己", "the model alone"],
  w_copied: ["照抄", "copied"], w_written: ["模型写、核对过", "worded by the model, checked"], w_fixed: ["固定的话", "fixed words"],
  decisions: ["规则的决定", "Decisions of the rules"], d_wish: ["投诉", "complaint"], d_handover: ["转人工", "hand-over"], d_label: ["AI 标识", "AI label"], d_danger: ["危险信号", "danger sign"], d_prescription: ["求方求药", "asks for a prescription"], d_blocked: ["屏蔽词", "blocked word"], d_command: ["指令", "command"], d_rule: ["关键词规则", "keyword rule"], d_doctor: ["提醒就医", "advice to see a doctor"], d_poison: ["毒药提醒", "poison warning"],
  yes: ["有", "yes"], no: ["无", "no"], prompt: ["模型读到的", "What the model read"],
  serverTries: ["服务端看到的", "As the service saw it"], clientTries: ["平台看到的", "As the platform saw it"], lostAck: ["应答丢失", "ack lost"], timeout: ["超时", "timed out"], ms: ["毫秒", "ms"],
  rawIn: ["推送（原文）", "Push, raw"], plainIn: ["推送（解密后）", "Push, decrypted"], rawOut: ["回复（原文）", "Reply, raw"], plainOut: ["回复（解密后）", "Reply, decrypted"],
  again: ["同一 MsgId 再发一次", "Send again, same MsgId"], copy: ["复制 XML", "Copy the XML"], copied: ["已复制", "Copied"],
  fixed: ["固定回答，不经过模型。", "A fixed answer: no model was asked."], loading: ["正在取…", "Loading…"],
  sameReply: ["两次得到同一个回答", "both tries got the same answer"], otherReply: ["两次的回答不同！", "the tries were answered differently!"],
  helpText: ["Enter 发送 · Shift+Enter 换行 · / 回到输入框 · ↑↓ 在消息间移动 · Enter 打开详情 · Esc 关闭 · 1 2 换关注者 · V 语音 · M 菜单 · T 发两次 · L 丢失应答 · K 杀掉 worker · S 保存 · D 明暗 · E English",
    "Enter send · Shift+Enter new line · / text box · ↑↓ move through messages · Enter open details · Esc close · 1 2 switch follower · V voice · M menu · T send twice · L lose the ack · K kill the worker · S save · D light/dark · E 中文"],
};

WORDS.account = Array(2).fill(document.body.dataset.account);

const state = { english: localStorage.getItem("language") === "en" };

export function rename(name) {
  WORDS.account = Array(2).fill(name);
  translate();
}

export const isEnglish = () => state.english;
export const t = (name) => (WORDS[name] ? WORDS[name][state.english ? 1 : 0] : name);
export const both = (why) => (state.english ? why.en : why.zh);

export function switchLanguage() {
  state.english = !state.english;
  localStorage.setItem("language", state.english ? "en" : "zh");
}

export function translate(root = document) {
  document.documentElement.lang = state.english ? "en" : "zh-CN";
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-hint]")) {
    node.placeholder = t(node.dataset.hint);
  }
  for (const node of root.querySelectorAll("[data-name]")) {
    node.setAttribute("aria-label", t(node.dataset.name));
    node.title = t(node.dataset.name);
  }
}
