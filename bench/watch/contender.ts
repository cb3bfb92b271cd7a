/**
 * Our watch stack as a contender of the baseline: the public client and informer pool, with all that they bring, for each kind in `KINDS`. The contract (environment,
 * lines on standard output) is that of the baseline's README. `READ=1`: each object is read once when it is added, as by a controller that reconciles everything at the start.
 */
import { readFileSync } from "node:fs";
import type { KubeObject, Resource } from "@polykind/apimachinery";
import { loadCredentials, openClient } from "@polykind/client";
import { type Handler, openInformerPool } from "@polykind/informer";
import { preciseNow, say, sayCountsWhenAsked } from "./lines.ts";

const env = process.env;
const wanted = { objects: Number(env["OBJECTS"] ?? 0), events: Number(env["EVENTS"] ?? 0) };
const seen = { objects: 0, events: 0, kinds: 0, lag: [] as number[] };
let isSynced = false;

/** What a manager knows of each kind from its CRD: the file says only the plural. */
const kindNames = JSON.parse(readFileSync(env["KIND_NAMES"] ?? "", "utf8")) as Readonly<Record<string, string>>; // written by run.ts

function resourceOf(line: string): Resource {
  const [path = "", resourceScope] = line.split(" ");
  const [group = "", version = "", plural = ""] = path.split("/");
  return {
    group,
    version,
    plural,
    kind: kindNames[`${plural}.${group}`] ?? "",
    resourceScope: resourceScope === "Cluster" ? "Cluster" : "Namespaced",
  };
}

function checkProgress(): void {
  if (isSynced || seen.kinds < resources.length || seen.objects < wanted.objects) return;
  isSynced = true;
  say("synced", { objects: seen.objects });
}

function countChange(object: KubeObject): void {
  const sent = object.metadata.annotations?.["bench/t"];
  if (sent !== undefined) seen.lag.push(preciseNow() - Number(sent) / 1000);
  seen.events += 1;
  if (seen.events === wanted.events) say("events", { seen: seen.events });
}

const counting: Handler = {
  noticed(notice) {
    if (notice.type === "changed") return countChange(notice.object);
    if (notice.type === "added" && env["READ"] === "1") void notice.object;
    seen.objects += notice.type === "added" ? 1 : -1;
    if (!isSynced) checkProgress();
  },
};

const resources = readFileSync(env["KINDS"] ?? "/dev/null", "utf8")
  .trim()
  .split("\n")
  .filter(Boolean)
  .map(resourceOf);
const client = openClient({ credentials: await loadCredentials() });
const pool = openInformerPool({ open: (key) => client.listWatch(key.resource, key) });
await Promise.all(
  resources.map(async (resource) => {
    const { informer } = await pool.acquire({ resource });
    informer.addHandler(counting);
    await informer.synced();
    seen.kinds += 1;
    checkProgress();
  }),
);
sayCountsWhenAsked(() => seen);
