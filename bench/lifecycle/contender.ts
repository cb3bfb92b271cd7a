/**
 * Our manager as a contender of the baseline: the real way of a kind, from the informer of CRDs over the supervisor to a controller that runs. The contract (environment, lines
 * on standard output) is that of the baseline's README. A kind is said to be synced when the plugin's `setup` is called, which is when its handlers have been told of the first
 * list; an object is added when its reconcile is called.
 */
import { readFileSync } from "node:fs";
import { loadCredentials, openClient } from "@polykind/client";
import { openManager } from "@polykind/manager";
import { definePlugin, type KubeObject } from "@polykind/plugin";
import { openPluginHost } from "@polykind/plugin-host";
import { silentLog } from "@polykind/telemetry";
import { preciseNow, say, sayCountsWhenAsked } from "../watch/lines.ts";

const env = process.env;
const isDynamic = env["SCENARIO"] === "crds";
const kinds = isDynamic
  ? []
  : readFileSync(env["KINDS"] ?? "/dev/null", "utf8")
      .trim()
      .split("\n")
      .filter(Boolean);
const wanted = { objects: Number(env["OBJECTS"] ?? 0), events: Number(env["EVENTS"] ?? 0) };
const seen = { kinds: 0, events: 0, lag: [] as number[] };
/** When each object was written last, by uid. */
const writtenAt = new Map<string, string | undefined>();
let isSynced = false;

function checkProgress(): void {
  if (isDynamic || isSynced || seen.kinds < kinds.length || writtenAt.size < wanted.objects) return;
  isSynced = true;
  say("synced", { objects: writtenAt.size });
}

function note({ metadata: { uid, name, annotations } }: KubeObject): void {
  const isNew = !writtenAt.has(uid);
  const written = annotations?.["bench/t"];
  const before = writtenAt.get(uid);
  writtenAt.set(uid, written);
  if (isNew && isDynamic) say("object", { name });
  if (isNew) return checkProgress();
  if (written === undefined || written === before) return;
  seen.lag.push(preciseNow() - Number(written) / 1000);
  seen.events += 1;
  if (seen.events === wanted.events) say("events", { seen: seen.events });
}

const following = definePlugin({
  name: "following",
  engines: { polykind: "^1.0" },
  manages: { selector: isDynamic ? { group: env["CRD_GROUP"] ?? "" } : {} },
  setup({ incarnation }) {
    if (isDynamic) say("kind", { uid: incarnation });
    seen.kinds += 1;
    checkProgress();
    return {
      reconcile(object) {
        note(object);
        return Promise.resolve(undefined);
      },
      // What is gone with its kind is not told one by one.
      onStop: () => Promise.resolve(isDynamic ? writtenAt.clear() : undefined),
    };
  },
});

const plugins = openPluginHost({ hostVersion: "1.0.0", log: silentLog });
plugins.addPlugin(following);
const client = openClient({ credentials: await loadCredentials() });
// The baseline's kind comes and goes far too often for a kind that is well.
const { manager } = openManager({ client, plugins, livesAllowed: Infinity });
await manager.start(new AbortController().signal);
if (isDynamic) say("synced", { objects: 0 });
sayCountsWhenAsked(() => ({ objects: writtenAt.size, events: seen.events, lag: seen.lag }));
