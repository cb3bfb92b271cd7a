import { setTimeout as sleep } from "node:timers/promises";
import { CRD_RESOURCE, type CustomResourceDefinition } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type Manager, openManager } from "@polykind/manager";
import { definePlugin } from "@polykind/plugin";
import { openPluginHost } from "@polykind/plugin-host";
import { silentLog } from "@polykind/telemetry";
import { startRealApi } from "../../test/support/real-api.ts";
import { crdOf, GROUP, isOf, nameOf } from "./crd.ts";
import { type Seen, seeing } from "./seen.ts";

/** One life of a kind, in milliseconds. */
export interface Life {
  /** From the line that says Established until its controller has the first list. */
  readonly appearMs: number;
  /** What of it the server took to answer the first list: the first request to a new kind builds its storage. */
  readonly serverMs: number;
  /** From the line that says DELETED until the last request to its URL began; 0 if none did. */
  readonly lastRequestMs: number;
  /** From that line until no controller, informer, stream or report of it was left. */
  readonly releasedMs: number;
}

const PLURAL = "mayflies";
const PATIENCE_MS = 60_000;
/** What goes on after the end must show. */
const AFTER_MS = 300;

/** Lets one kind come and go on a real server, under one manager. */
export async function measureLives(count: number): Promise<readonly Life[]> {
  await using api = await startRealApi();
  const credentials = await loadCredentials({ kubeconfig: api.kubeconfig });
  await using hand = openClient({ credentials });
  await using client = openClient({ credentials });
  await using plugins = openPluginHost({ hostVersion: "1.0.0", log: silentLog });
  const watch = new Stopwatch();
  plugins.addPlugin(
    definePlugin({
      name: "following",
      engines: { polykind: "^1.0" },
      manages: { selector: { group: GROUP } },
      setup() {
        watch.note("setup");
        return { reconcile: () => Promise.resolve(undefined) };
      },
    }),
  );
  const { manager } = openManager({ client: seeing(client, watch), plugins, livesAllowed: Infinity });
  await manager.start(new AbortController().signal);
  const lives: Life[] = [];
  for (let life = 0; life < count; life += 1) lives.push(await live({ watch, manager, client, hand }));
  await manager.stop();
  return lives;
}

interface Stage {
  readonly watch: Stopwatch;
  readonly manager: Manager;
  readonly client: Client;
  readonly hand: Client;
}

async function live({ watch, manager, client, hand }: Stage): Promise<Life> {
  watch.reset();
  const before = openOf(manager, client);
  await hand.create(CRD_RESOURCE, crdOf(PLURAL));
  await until(() => watch.has("setup"), "the kind to run");
  await until(() => manager.kinds().some(({ crd, state }) => crd === nameOf(PLURAL) && state === "Running"), "the kind to be Running");
  await hand.delete(CRD_RESOURCE, { name: nameOf(PLURAL) });
  await until(() => watch.has("deleted"), "the CRD to be deleted");
  await until(() => openOf(manager, client) === before, "what is of the kind to be released");
  const releasedAt = performance.now();
  await sleep(AFTER_MS);
  return {
    appearMs: watch.at("setup") - watch.at("established"),
    serverMs: watch.at("listed") - Math.max(watch.at("established"), watch.at("list")),
    lastRequestMs: Math.max(0, watch.at("asked") - watch.at("deleted")),
    releasedMs: releasedAt - watch.at("deleted"),
  };
}

/** What is open, as text to be compared. */
function openOf(manager: Manager, client: Client): string {
  return JSON.stringify([manager.report().informers, client.openStreams().streams, manager.kinds().length]);
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const endAt = performance.now() + PATIENCE_MS; !isSo(); await sleep(1))
    if (performance.now() > endAt) throw new Error(`waited in vain for ${what}`);
}

type Mark = "established" | "list" | "listed" | "setup" | "deleted" | "asked";

/** When what happened last, or first where only the first time counts. */
class Stopwatch implements Seen {
  readonly #at = new Map<Mark, number>();

  reset(): void {
    this.#at.clear();
  }

  has(mark: Mark): boolean {
    return this.#at.has(mark);
  }

  at(mark: Mark): number {
    return this.#at.get(mark) ?? 0;
  }

  note(mark: Mark): void {
    this.#at.set(mark, performance.now());
  }

  crd(event: string, { metadata, status }: CustomResourceDefinition): void {
    if (metadata.name !== nameOf(PLURAL)) return;
    if (event === "DELETED") return this.note("deleted");
    const isEstablished = status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;
    if (isEstablished && !this.has("established")) this.note("established");
  }

  asked(resource: Parameters<Seen["asked"]>[0]): () => void {
    if (!isOf(PLURAL, resource)) return () => {};
    this.note("asked");
    if (!this.has("list")) this.note("list");
    return () => {
      if (!this.has("listed")) this.note("listed");
    };
  }
}
