import { CRD_RESOURCE, type KubeObject, type Manifest, type Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { isPolykindError } from "@polykind/core";
import { SELECTED } from "../model/catalog.ts";
import type { CrdMove, Served, World } from "../model/world.ts";
import { crdOf, resourceOf, versionsOf } from "../lifecycle/manifests.ts";
import { OWN_FINALIZER, OWN_OBJECT } from "./plugins.ts";

const DISABLED_ANNOTATION = "polykind.dev/disabled";
const HELD = "replay.polykind.dev/held";
const FOREIGN_OBJECT = "foreign";
/** The name that two CRDs want: only when one of them has gone the other one is established. */
const SHORT_NAME = "bl";
const RIVAL = { kind: "Rival", plural: "rivals", shortNames: [SHORT_NAME] } as const;

/** Changes the server behind the back of the manager, as the moves of the model say. */
export class Hand {
  readonly #client: Client;
  readonly #group: string;
  readonly #uids = new Map<number, string>();
  #served: Served = "v1";
  #edits = 0;

  constructor(client: Client, group: string) {
    this.#client = client;
    this.#group = group;
  }

  /** The uid of a life. */
  uidOf(life: number): string {
    return this.#uids.get(life) ?? `no CRD of life ${life}`;
  }

  /** Makes the CRD such as `after` has it. A CRD ends only by {@link HELD | a finalizer} that is taken off. */
  async move(move: CrdMove, after: World): Promise<void> {
    switch (move.type) {
      case "create":
        this.#served = move.served;
        return this.#create(after.server.lives);
      case "establish":
        return void (await this.#client.delete(CRD_RESOURCE, { name: `${RIVAL.plural}.${this.#group}` }));
      case "serve":
        this.#served = move.served;
        return this.#edit({ spec: { versions: this.#versions() } });
      case "describe":
        this.#edits += 1;
        return this.#edit({ spec: { versions: this.#versions() } });
      case "select":
      case "deselect":
        return this.#edit({ metadata: { labels: { own: move.type === "select" ? "yes" : null } } });
      case "enable":
      case "disable":
        return this.#edit({ metadata: { annotations: { [DISABLED_ANNOTATION]: move.type === "disable" ? "true" : null } } });
      case "delete":
        return void (await this.#client.delete(CRD_RESOURCE, this.#name));
      case "end":
        return this.#edit({ metadata: { finalizers: null } });
    }
  }

  /** The CRD as it is now: its version is that of what the watch told last. */
  async version(): Promise<string | undefined> {
    return (await this.#find(`balls.${this.#group}`))?.metadata.resourceVersion;
  }

  /** Creates the object that the plugin puts its finalizer on; whoever waits for that asks {@link carriesOurs}. */
  async createOwn(world: World): Promise<void> {
    await this.#createObject(world, { name: OWN_OBJECT });
  }

  async createForeign(world: World): Promise<void> {
    await this.#createObject(world, { name: FOREIGN_OBJECT, finalizers: ["foreign.example.com/held"] });
  }

  /** Has the own or the foreign object deleted: it waits for its finalizers. */
  async deleteObject(world: World, whose: "own" | "foreign"): Promise<void> {
    await this.#client.delete(this.#resourceOf(world), this.#objectName(world, whose === "own" ? OWN_OBJECT : FOREIGN_OBJECT));
  }

  /** Takes all finalizers off, ours too: the model's foreign object has none of ours. */
  async releaseForeign(world: World): Promise<void> {
    await this.#client.patch(this.#resourceOf(world), this.#objectName(world, FOREIGN_OBJECT), {
      type: "merge",
      body: { metadata: { finalizers: null } },
    });
  }

  /** Whether the object is there, and carries the plugin's finalizer. */
  async carriesOurs(world: World, whose: "own" | "foreign"): Promise<boolean> {
    const name = whose === "own" ? OWN_OBJECT : FOREIGN_OBJECT;
    try {
      const { metadata } = await this.#client.get(this.#resourceOf(world), this.#objectName(world, name));
      return metadata.finalizers?.includes(OWN_FINALIZER) === true;
    } catch (cause) {
      if (isPolykindError(cause, "API_NOT_FOUND", "KIND_NOT_SERVED")) return false;
      throw cause;
    }
  }

  /** Creates the CRD of a kind that a plugin stands on, in place of the one that is there. Resolves with its uid. */
  async replaceRoot(kind: string): Promise<string> {
    const plural = `${kind.toLowerCase()}s`;
    const name = `${plural}.${this.#group}`;
    if ((await this.#find(name)) !== undefined) await this.#client.delete(CRD_RESOURCE, { name });
    return (await this.#client.create(CRD_RESOURCE, crdOf(this.#group, { kind, plural }))).metadata.uid;
  }

  get #name(): { readonly name: string } {
    return { name: `balls.${this.#group}` };
  }

  async #create(life: number): Promise<void> {
    if ((await this.#find(`${RIVAL.plural}.${this.#group}`)) === undefined)
      await this.#client.create(CRD_RESOURCE, crdOf(this.#group, RIVAL));
    const scope = isNamespaced(life) ? "Namespaced" : "Cluster";
    const crd = crdOf(this.#group, { scope, shortNames: [SHORT_NAME] });
    const manifest = {
      ...crd,
      metadata: { ...crd.metadata, labels: SELECTED, finalizers: [HELD] },
      spec: { ...specOf(crd), versions: this.#versions() },
    };
    this.#uids.set(life, (await this.#client.create(CRD_RESOURCE, manifest)).metadata.uid);
  }

  async #edit(body: object): Promise<void> {
    await this.#client.patch(CRD_RESOURCE, this.#name, { type: "merge", body });
  }

  #versions(): readonly object[] {
    const served = this.#served.split(",");
    return versionsOf(
      ["v1", "v2"].map((name) => ({ name, served: served.includes(name) })),
      `Edited ${this.#edits} times.`,
    );
  }

  async #find(name: string): Promise<KubeObject | undefined> {
    const { items } = await this.#client.list(CRD_RESOURCE);
    return items.find(({ metadata }) => metadata.name === name);
  }

  async #createObject(world: World, metadata: { readonly name: string; readonly finalizers?: readonly string[] }): Promise<void> {
    const resource = this.#resourceOf(world);
    const apiVersion = `${resource.group}/${resource.version}`;
    const where = this.#objectName(world, metadata.name);
    await this.#client.create(resource, { apiVersion, kind: resource.kind, metadata: { ...metadata, ...where }, spec: {} });
  }

  #objectName({ server: { lives } }: World, name: string): { readonly namespace?: string; readonly name: string } {
    return isNamespaced(lives) ? { namespace: "default", name } : { name };
  }

  #resourceOf({ server: { lives } }: World): Resource {
    return resourceOf(this.#group, {
      scope: isNamespaced(lives) ? "Namespaced" : "Cluster",
      version: this.#served.split(",")[0] ?? "v1",
    });
  }
}

/** As the model has it: every other life. */
function isNamespaced(life: number): boolean {
  return life % 2 === 1;
}

function specOf({ spec }: Manifest): object {
  return typeof spec === "object" && spec !== null ? spec : {};
}
