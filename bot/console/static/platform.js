// Plays the platform: asks for a signed push, posts it to the real webhook with the platform's
// retries (5 seconds, three tries, one MsgId), and opens what comes back.

import { call, pause } from "./dom.js";

const TRY_MS = 5000;
const TRIES = 3;

async function attempt(composed) {
  const began = performance.now();
  const told = (more) => ({ ms: Math.round(performance.now() - began), ...more });
  try {
    const answer = await fetch(composed.url, {
      method: "POST", body: composed.body, headers: { "Content-Type": "text/xml" }, signal: AbortSignal.timeout(TRY_MS),
    });
    return told({ status: answer.status, received: answer.ok ? await answer.text() : null });
  } catch (error) {
    const late = error.name === "TimeoutError" || error.name === "AbortError";
    return told({ status: late ? "timeout" : "refused", received: null });
  }
}

async function untilAnswered(composed, tries) {
  while (tries.length < TRIES) {
    const one = await attempt(composed);
    tries.push(one);
    if (one.received !== null) return one.received;
    if (one.status !== "timeout") await pause(500);
  }
  return null;
}

const WAYS = {
  normal: untilAnswered,
  async twice(composed, tries) {
    const found = await Promise.all([attempt(composed), attempt(composed)]);
    tries.push(...found);
    return found.find((one) => one.received !== null)?.received ?? untilAnswered(composed, tries);
  },
  async lost(composed, tries) {
    const first = await attempt(composed);
    tries.push({ ...first, lost: true }); // the platform never gets it, and asks again
    return untilAnswered(composed, tries);
  },
  async killed(composed, tries) {
    const asked = untilAnswered(composed, tries);
    await call("/console/kill", {});
    return asked;
  },
};

// Whether all tries that were answered got the same text; null when there was only one.
async function agree(tries) {
  const bodies = tries.filter((one) => one.received !== null).map((one) => one.received);
  if (bodies.length < 2) return null;
  const texts = await Promise.all(bodies.map((body) => call("/console/open", { body })));
  return texts.every((one) => one.text === texts[0].text);
}

// Sends one message; returns the turn with everything that is known of it here.
export async function push({ follower, kind, text, safe, fault = "normal", messageId }) {
  const composed = await call("/console/compose", { follower, kind, text, safe, message_id: messageId });
  const tries = [];
  const began = performance.now();
  const received = await WAYS[fault](composed, tries);
  const ms = Math.round(performance.now() - began);
  const opened = received === null ? { text: "", xml: "" } : await call("/console/open", { body: received });
  return {
    follower, kind, text, safe, fault, tries, received, message_id: composed.message_id, trace_id: composed.trace_id,
    ms, at: Date.now(), reply: opened.text, failed: received === null,
    generated: /AI生成/.test(opened.text), agree: await agree(tries), tapped: false,
    xml: { rawIn: composed.body, plainIn: composed.xml, rawOut: received, plainOut: opened.xml },
  };
}

export async function storyOf(turn) {
  for (let tries = 0; tries < 16; tries += 1) {
    const answer = await fetch(`/console/trace/${turn.follower}/${turn.trace_id}`);
    const story = answer.ok ? { tries: [], ...(await answer.json()) } : null;
    const asked = story?.tries.some((one) => one.decision === "ask");
    if (story && (story.by || !asked)) return story;
    if (!story && tries > 2) return null;
    await pause(250); // it is worked out after the reply is sent
  }
  return null;
}
