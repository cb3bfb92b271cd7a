import { CRD_RESOURCE, type CustomResourceDefinition } from "@polykind/apimachinery";
import { loadCredentials, openClient } from "@polykind/client";
import type { Scope } from "@polykind/core";
import type { Lease } from "@polykind/informer";
import { openPluginHost, type PluginHost } from "@polykind/plugin-host";
import { silentLog } from "@polykind/telemetry";
import { openServer, type Server } from "../lifecycle/server.ts";
import { CrdNews } from "./crd-news.ts";
import { CrdQuestions } from "./crd-questions.ts";
import { type Driver, openRig, type Rig } from "./driver.ts";
import { Hand } from "./hand.ts";
import { KindRequests } from "./kind-requests.ts";
import { PluginLives } from "./plugins.ts";
import { type Until, untilWithin } from "./until.ts";

const GROUP = "replay.example.com";
/** The CRD of the kind of the trace. */
export const CRD_NAME = `balls.${GROUP}`;
/** Below it lie the versions of the kind, each with its plural. */
const ROOT = `/apis/${GROUP}/`;
/** As the model has it by default. */
const LIVES_ALLOWED = 2;

/** Where a trace is replayed: a server, the front before it, and a manager with everything that can be held. */
export interface Stage {
  readonly server: Server;
  readonly rig: Rig;
  readonly plugins: PluginHost;
  readonly lives: PluginLives;
  readonly hand: Hand;
  readonly news: CrdNews;
  readonly questions: CrdQuestions;
  readonly requests: KindRequests;
  /** Sees what the manager's own handler of CRDs has seen. */
  readonly crds: Lease<CustomResourceDefinition>;
  /** The kind of this name is one that `plugin` stands on. */
  readonly rootOf: (plugin: "p" | "q") => string | undefined;
  /** Whether a request is to objects of the kind. */
  readonly isToKind: (path: string) => boolean;
  readonly until: Until;
  /** Watches of the kind that are open at the server, by version. */
  readonly watches: () => ReadonlyMap<string, number>;
}

/** How a stage is opened. */
export interface StageOptions {
  readonly driver: Driver;
  /** Each plugin stands on a kind of its own, too. */
  readonly hasRoots: boolean;
  /** How long anything may take that is waited for, in milliseconds. */
  readonly patienceMs: number;
}

/** Opens a stage whose manager follows CRDs, with plugin `p` added; all of it ends with `scope`. */
export async function openStage(scope: Scope, { driver, hasRoots, patienceMs }: StageOptions): Promise<Stage> {
  const server = await openServer(scope, undefined, "anything");
  const client = scope.own(openClient({ credentials: await loadCredentials({ kubeconfig: server.kubeconfig }) }));
  const plugins = scope.own(openPluginHost({ hostVersion: "1.0.0", log: silentLog }));
  const rig = openRig(driver, { client, plugins, plural: "balls", livesAllowed: LIVES_ALLOWED });
  const rootOf = (plugin: "p" | "q"): string | undefined => (hasRoots ? `${plugin.toUpperCase()}root` : undefined);
  const [hand, lives] = [new Hand(server.hand, GROUP), new PluginLives()];
  for (const plugin of ["p", "q"] as const) if (hasRoots) await hand.replaceRoot(rootOf(plugin) ?? "");
  const news = new CrdNews(server.front, { name: CRD_NAME, unseen: `rivals.${GROUP}` });
  const crds = await rig.informers.acquire<CustomResourceDefinition>({ resource: CRD_RESOURCE });
  await rig.manager.start(scope.signal);
  news.hold();
  plugins.addPlugin(lives.plugin("p", { group: GROUP, root: rootOf("p") }));
  const isToKind = (path: string): boolean => path.startsWith(ROOT) && path.split("/").includes("balls");
  return {
    server,
    rig,
    plugins,
    lives,
    hand,
    news,
    questions: new CrdQuestions(server.front, CRD_NAME),
    requests: new KindRequests(server.front, { isToKind, versionOf }),
    crds,
    rootOf,
    isToKind,
    until: untilWithin(patienceMs),
    watches: () =>
      new Map([...(server.sandbox?.openWatches() ?? [])].filter(([path]) => isToKind(path)).map(([path, open]) => [versionOf(path), open])),
  };
}

function versionOf(path: string): string {
  return path.slice(ROOT.length).split("/")[0] ?? "";
}
